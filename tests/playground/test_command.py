"""The subcommand: which networks it shows, and its messages."""

import json
import shutil
import sys
import webbrowser

import pytest

from mnist_exp.errors import UserError
from mnist_exp.playground.__main__ import default_folder, main
from mnist_exp.playground.page import selected
from mnist_exp.runs.files import PLAYGROUND, RESULT


def test_without_a_trained_run_the_message_says_how_to_train_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["playground"])
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert str(exit_info.value) == (
        "Error: No trained network in multirun/ yet: make sweep trains four networks, python -m mnist_exp one; "
        "then run this command again."
    )


def test_the_default_is_the_newest_sweep_or_all_runs(tmp_path):
    for run in ("single/relu", "study/relu"):
        (tmp_path / run).mkdir(parents=True)
    (tmp_path / "single" / "relu" / RESULT).touch()
    assert default_folder(tmp_path) == tmp_path  # there is no sweep
    (tmp_path / "study" / "plan.json").write_text("[]")
    assert default_folder(tmp_path) == tmp_path  # the sweep has no finished run
    (tmp_path / "study" / "relu" / RESULT).touch()
    assert default_folder(tmp_path) == tmp_path / "study"


@pytest.fixture
def copied(readers, tmp_path):
    """A copy of a sweep with two networks, to write into."""
    return shutil.copytree(readers, tmp_path / "study")


@pytest.mark.slow
@pytest.mark.parametrize(("options", "opened"), [(["--no-open"], False), ([], True)])
def test_the_page_is_written_into_the_sweep_and_opened(copied, monkeypatch, capsys, options, opened):
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: addresses.append(address) or True)
    main([str(copied), *options])
    assert addresses == ([(copied / PLAYGROUND).resolve().as_uri()] if opened else [])
    size = (copied / PLAYGROUND).stat().st_size / 1e6
    shown = capsys.readouterr()
    assert shown.out.startswith("Playground with cnn (")
    assert shown.out.endswith(f"), {size:.1f} MB → {copied / PLAYGROUND}\n")
    assert shown.err == ""


@pytest.mark.slow
def test_without_a_browser_the_message_says_where_the_page_is(copied, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    main([str(copied)])
    expected = f"No browser can be opened here: open {(copied / PLAYGROUND).resolve()} in one.\n"
    assert capsys.readouterr().err == expected


@pytest.mark.slow
def test_a_damaged_network_is_named_and_the_others_are_shown(copied, capsys):
    (copied / "relu" / "checkpoints" / "best.ckpt").write_bytes(b"PK")
    selection = selected([copied])
    assert [arm.name for network in selection.networks for arm in network.arms] == ["mish"]
    assert capsys.readouterr().err.startswith(f"! left out: cnn relu: {copied / 'relu'}")
    (copied / "mish" / "checkpoints" / "best.ckpt").unlink()
    with pytest.raises(UserError, match="The page can show none of the networks"):
        selected([copied])


@pytest.mark.slow
def test_a_run_given_twice_is_shown_once(readers):
    (network,) = selected([readers, readers / "relu"]).networks
    assert sorted(arm.name for arm in network.arms) == ["mish", "relu"]


@pytest.mark.slow
def test_networks_for_colour_images_get_test_pictures_of_their_own(readers, colour_run):
    selection = selected([readers, colour_run])
    drawable = {
        selection.sets[network.set].name: selection.sets[network.set].drawable for network in selection.networks
    }
    assert drawable == {"mnist5k": True, "colours": False}


@pytest.mark.slow
def test_without_the_data_the_page_has_no_test_pictures(copied):
    for name in ("relu", "mish"):
        stored = json.loads((copied / name / RESULT).read_text())
        stored["data"] = stored["config"]["data"]["name"] = "mnist"
        stored["config"]["data"]["root"] = str(copied / "nowhere")
        stored["code"] = "0" * 12  # another version's, whose keys are not compared
        (copied / name / RESULT).write_text(json.dumps(stored))
    selection = selected([copied])
    assert len(selection.networks[0].arms) == 2
    assert selection.sets[0].encoded().samples is None
