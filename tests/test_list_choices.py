"""What can be chosen, as text."""

import inspect
import subprocess
import sys
import time

import pytest
from torchmetrics import classification

from mnist_exp import api
from mnist_exp.cli.main import dispatch
from mnist_exp.errors import UserError
from mnist_exp.list_choices import WIDTH, choices_of, first_sentence, header_comment, kinds, listing


def names(kind, folder=None):
    return [one.name for one in choices_of(kind, folder)]


@pytest.fixture
def config_dir(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("# Mine. It is large.\n_target_: ./net.py:Net\n")
    (tmp_path / "model" / "_part.yaml").write_text("x: 1\n")
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "bare.yaml").write_text("x: 1\n")
    return tmp_path


def test_every_kind_of_the_python_api_is_listed_with_the_same_names():
    for kind, chosen in api.choices().items():
        assert kind in kinds()
        if kind != "metrics":
            assert sorted(names(kind)) == sorted(chosen)


def test_an_activation_is_listed_with_its_formula_and_source():
    by_name = {one.name: one for one in choices_of("activation")}
    assert (by_name["mish"].source, by_name["prelu"].source) == ("", "learned")
    assert by_name["mish"].description == "x tanh(softplus(x))  (Misra 2019)"


def test_lines_of_activations_are_whole():
    assert not [line for line in listing("activation").splitlines() if line.endswith("…")]


def test_every_metric_of_torchmetrics_exists_and_is_described():
    found = [one for one in choices_of("metrics") if one.source == "torchmetrics"]
    assert {"F1Score", "AUROC", "CohenKappa"} <= {one.name for one in found}
    for one in found:
        kind = getattr(classification, f"Multiclass{one.name}")
        assert first_sentence(inspect.getdoc(kind) or "") == one.description


def test_launchers_and_sweepers_include_those_of_plugins():
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    assert {"basic", "joblib", "submitit_local", "submitit_slurm", "slurm", "ray"} <= set(names("launcher"))
    assert {"basic", "study"} <= set(names("sweeper"))
    assert all(one.description for kind in ("launcher", "sweeper") for one in choices_of(kind))
    assert len(set(names("sweeper"))) == len(names("sweeper"))


def test_every_config_file_of_the_package_is_described():
    files = [one for kind in kinds() for one in choices_of(kind) if one.source.startswith("conf/")]
    assert len(files) > 40
    assert [one for one in files if not one.description] == []


def test_choices_of_an_own_folder_are_listed_with_it(config_dir):
    (mine,) = (one for one in choices_of("model", config_dir) if one.name == "mine")
    assert (mine.source, mine.description) == (f"{config_dir}/model", "Mine.")
    assert "_part" not in names("model", config_dir)
    assert names("team", config_dir) == ["bare"]
    assert "team=NAME\n  bare" in listing(None, config_dir)


def test_lines_are_aligned_and_at_most_100_wide():
    text = listing()
    assert WIDTH == 100
    assert max(map(len, text.splitlines())) <= 100
    rows = listing("schedule").splitlines()[1:-1]
    assert len({row.index("conf/schedule") for row in rows}) == 1


def test_one_kind_is_listed_alone(capsys):
    dispatch(["choices", "schedule"])
    printed = capsys.readouterr().out
    assert printed == f"{listing('schedule')}\n"
    assert printed.startswith("schedule=NAME\n")
    assert printed.endswith("mnist-exp example optimizer writes one to copy\n")


def test_activations_are_listed_by_their_key_too():
    assert listing("model.activation") == listing("activation")


def test_unknown_kinds_and_folders_are_refused():
    with pytest.raises(UserError, match=r"Kind 'modle' is unknown. Did you mean 'model'\?"):
        listing("modle")
    with pytest.raises(SystemExit, match="Error: nowhere is not a folder: --config-dir"):
        dispatch(["choices", "--config-dir", "nowhere"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Muon (Jordan et al. 2024) for matrices. More.", "Muon (Jordan et al. 2024) for matrices."),
        ("99.3 % after\ntwo epochs, tested. On five.", "99.3 % after two epochs, tested."),
        ("Uses :func:`relu` and ``x``\n\nMore.", "Uses relu and x"),
        ("Where do they stop? Here.", "Where do they stop?"),
        ("", ""),
    ],
)
def test_the_first_sentence_ends_where_it_ends(text, expected):
    assert first_sentence(text) == expected


def test_the_header_comment_ends_at_its_first_empty_line():
    assert header_comment("# @package _global_\n# One.\n# Two.\n#\n# Three.\nx: 1  # four\n") == "One.\nTwo."


@pytest.mark.slow
def test_the_command_starts_quickly_and_without_torch():
    code = "import sys; from mnist_exp.cli.main import dispatch; dispatch(['choices']); print('torch' in sys.modules)"
    began = time.perf_counter()
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "False"
    assert time.perf_counter() - began < 2
