"""The subcommand: which networks it shows, and its messages."""

import shutil
import sys
import webbrowser

import pytest

from mnist_exp.errors import UserError
from mnist_exp.playground.__main__ import default_folder, main
from mnist_exp.playground.page import selected
from mnist_exp.runs.files import RESULT


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was asked to open."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: addresses.append(address) or True)
    return addresses


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


@pytest.mark.slow
def test_the_page_is_written_into_the_sweep_and_opened(readers, tmp_path, opened, capsys):
    shutil.copytree(readers, tmp_path / "study")
    main([str(tmp_path / "study")])
    page = tmp_path / "study" / "playground.html"
    assert opened == [page.as_uri()]
    out, err = capsys.readouterr()
    assert out.startswith("Playground with cnn (")
    assert out.endswith(f" MB → {page}\n")
    assert err == ""
    main([str(tmp_path / "study" / "relu"), str(tmp_path / "study"), "--no-open"])
    assert (tmp_path / "study" / "relu" / "playground.html").is_file()
    assert len(opened) == 1
    assert "cnn (relu, mish)" in capsys.readouterr().out.replace("mish, relu", "relu, mish")  # each is there once


@pytest.mark.slow
def test_where_no_browser_can_be_opened_the_file_is_named(readers, tmp_path, monkeypatch, capsys):
    shutil.copytree(readers / "relu", tmp_path / "relu")
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    main([str(tmp_path / "relu")])
    page = tmp_path / "relu" / "playground.html"
    assert capsys.readouterr().err == f"No browser can be opened here: open {page} in one.\n"


@pytest.mark.slow
def test_a_damaged_network_is_named_and_the_others_are_shown(readers, tmp_path, capsys):
    shutil.copytree(readers, tmp_path / "study")
    (tmp_path / "study" / "relu" / "checkpoints" / "best.ckpt").write_bytes(b"PK")
    selection = selected([tmp_path / "study"])
    assert [arm.name for arm in selection.networks[0].arms] == ["mish"]
    assert capsys.readouterr().err.startswith(f"! left out: cnn relu: {tmp_path / 'study' / 'relu'}")
    (tmp_path / "study" / "mish" / "checkpoints" / "best.ckpt").unlink()
    with pytest.raises(UserError, match="can show none of the networks"):
        selected([tmp_path / "study"])
