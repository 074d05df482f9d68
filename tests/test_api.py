"""The Python API: its documented examples, and its results against the command's."""

import doctest
import json
import signal
import subprocess
import sys

import lightning.pytorch as pl
import pandas as pd
import pytest
import torch

import mnist_exp as mx
from mnist_exp import api
from mnist_exp.runs.files import clear_run_dir

QUICK = ("data=mnist5k", "model=mlp", "trainer.max_epochs=1", "trainer.accelerator=cpu")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", [name for name in mx.__all__ if name != "__version__"])
def test_every_public_name_exists_and_is_documented(name):
    assert getattr(mx, name).__doc__
    assert name in dir(mx)


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'nothing'"):
        mx.nothing  # noqa: B018


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, mnist_exp; print([m for m in ('torch', 'pandas', 'hydra', 'lightning') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    "function", ["compose", "choices", *(pytest.param(name, marks=pytest.mark.slow) for name in ("train", "sweep"))]
)
def test_the_examples_in_the_docstrings_run(function):
    (example,) = doctest.DocTestFinder(recurse=False).find(getattr(api, function), globs=vars(api))
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.slow
def test_train_gives_the_numbers_of_the_command(shell, tmp_path):
    run = mx.train(*QUICK, "model.activation=mish", seed=3, progress=False)
    shell(*QUICK, "model.activation=mish", "seed=3", "hydra.run.dir=by_command")
    by_command = json.loads((tmp_path / "by_command" / "result.json").read_text())
    own = json.loads((run.run_dir / "result.json").read_text())
    assert {key: own[key] for key in ("key", "test_loss", "val_loss", "overrides")} == {
        key: by_command[key] for key in ("key", "test_loss", "val_loss", "overrides")
    }
    assert "epoch 1/1" in (run.run_dir / "run.log").read_text()
    assert run.run_dir.parent.as_posix() == "multirun/single"
    assert sorted(p.name for p in (run.run_dir / "figures").iterdir()) == sorted(
        p.name for p in (tmp_path / "by_command" / "figures").iterdir()
    )
    images = torch.randint(0, 256, (2, 1, 28, 28), dtype=torch.uint8)
    assert torch.equal(run.load_model()(images), mx.load_model(run.run_dir)(images))


def test_a_callback_of_the_user_gets_every_batch(tmp_path):
    class Count(pl.Callback):
        batches = 0

        def on_train_batch_end(self, *_):
            self.batches += 1

    count = Count()
    mx.train(*QUICK, "diagnostics.figures=false", run_dir=tmp_path / "run", callbacks=[count], progress=False)
    assert count.batches == 28


@pytest.mark.slow
def test_a_sweep_returns_a_study_and_is_resumed_by_its_name(capfd):
    overrides = (*QUICK, "model.activation=relu,tanh")
    study = mx.sweep(*overrides, seed=range(2), name="study")
    assert "[4/4]" in capfd.readouterr().err
    assert len(study.runs) == 4
    assert study.summary.set_index("activation").n.to_dict() == {"relu": 2, "tanh": 2}
    assert list(study.comparisons[["a", "b"]].iloc[0]) == ["relu", "tanh"]
    again = mx.sweep(*overrides, seed=range(3), name="study", progress=False)
    assert len(again.runs) == 6
    assert again.report().read_text().startswith("<!doctype html>")
    assert "<iframe" in again._repr_html_()
    everything = mx.load_results("multirun")
    pd.testing.assert_series_equal(
        everything.sort_values("key").test_loss.reset_index(drop=True),
        again.runs.sort_values("key").test_loss.reset_index(drop=True),
    )


@pytest.mark.slow
def test_a_sweep_with_a_run_that_diverges_returns_a_study():
    study = mx.sweep(*QUICK, "optimizer=sgd", "optimizer.lr=0.1,1e9", progress=False)
    assert sorted(study.runs.status) == ["diverged", "ok"]


@pytest.mark.parametrize("call", [mx.compose, mx.train, pytest.param(mx.sweep, marks=pytest.mark.slow)])
def test_invalid_overrides_raise_one_clear_error_and_leave_no_files(call, tmp_path):
    with pytest.raises(mx.UserError, match=r"model\.activation 'rulu' is unknown\. Did you mean 'relu'"):
        call("model.activation=rulu")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("call", "arguments", "line"),
    [
        (mx.train, {"run_dir": "mine"}, "mine has files, but no run"),
        (mx.train, {"seed": 1.5}, "must be an integer"),
        (mx.sweep, {"name": "a/b"}, "must be letters"),
        (mx.sweep, {"seed": []}, "names no seed"),
    ],
)
def test_invalid_arguments_raise_one_clear_error_and_leave_no_files(call, arguments, line, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "paper.pdf").touch()
    with pytest.raises(mx.UserError, match=line):
        call(*QUICK, **arguments)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine", "paper.pdf"]


@pytest.mark.parametrize(
    ("call", "override", "line"),
    [
        (mx.train, "sweep=grid", r"has several runs; .*mx\.sweep"),
        (mx.train, "hydra.run.dir=abc", r"hydra\.run\.dir=abc: .*run_dir"),
        (mx.sweep, "sweep.name=own", r"sweep\.name=own: .*argument name"),
        (mx.sweep, "sweep.dry_run=true", r"sweep\.dry_run=true: "),
    ],
)
def test_overrides_without_effect_are_refused(call, override, line, tmp_path):
    with pytest.raises(mx.UserError, match=line):
        call(*QUICK, override)
    assert list(tmp_path.iterdir()) == []


class Interrupt(pl.Callback):
    """Acts as if Ctrl-C were pressed in the first epoch."""

    def on_train_epoch_start(self, *_):
        raise KeyboardInterrupt


@pytest.mark.slow
def test_an_interrupted_run_can_be_started_again_and_ctrl_c_still_works(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        mx.train(*QUICK, run_dir=tmp_path / "run", callbacks=[Interrupt()], progress=False)
    assert signal.getsignal(signal.SIGINT) is before
    assert not (tmp_path / "run" / "result.json").exists()
    assert mx.train(*QUICK, "diagnostics.figures=false", run_dir=tmp_path / "run", progress=False).status == "ok"


@pytest.mark.slow
def test_a_run_that_is_repeated_keeps_the_files_of_the_user(tmp_path):
    folder = tmp_path / "run"
    mx.train(*QUICK, run_dir=folder, progress=False)
    own = [folder / "notes.txt", folder / "figures" / "paper.pdf", folder / "checkpoints" / "mine.pt"]
    for path in own:
        path.touch()
    clear_run_dir(folder)
    assert {path for path in folder.rglob("*") if path.is_file()} == {folder / "run.log", *own}
    assert mx.train(*QUICK, "diagnostics.figures=false", run_dir=folder, progress=False).status == "ok"
    assert all(path.exists() for path in own)


def test_a_class_that_cannot_be_made_is_refused_and_leaves_no_files(tmp_path):
    with pytest.raises(mx.UserError, match=r"torch\.nn: attribute 'RLU' is unknown"):
        mx.train("callbacks=['torch.nn:RLU']")
    assert list(tmp_path.iterdir()) == []


def test_choices_are_those_of_the_command():
    found = mx.choices()
    assert found["model"] == ["cnn", "cnn_deep", "cnn_quick", "mlp", "mlp_deep", "softmax"]
    assert "muon" in found["optimizer"]
    assert "mish" in found["activation"]
    with pytest.raises(mx.UserError, match="Did you mean 'optimizer'"):
        mx.choices("optimiser")


@pytest.mark.slow
def test_a_sweep_until_decided(tmp_path):
    until = ("sweep.until=decided", "sweep.max_seeds=4", "model.activation=relu,sigmoid", "study.margin=1")
    study = mx.sweep(*QUICK, *until, name="decided", progress=False)
    assert len(study.runs) == 8
    assert (tmp_path / "multirun/decided/looks.json").is_file()
    with pytest.raises(mx.UserError, match=r"sweep\.until=decided chooses the seeds"):
        mx.sweep(*QUICK, *until, seed=range(3), progress=False)
