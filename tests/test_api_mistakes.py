"""Mistakes in calls of the Python API: one line of UserError each, before anything is trained or written."""

import itertools
from pathlib import Path

import pytest

import mnist_exp as mx
from mnist_exp.errors import UserError

SMALL = ("data=mnist5k", "model=softmax")
MISTAKES = [
    (lambda: mx.train("model.activation=rulu"), "Did you mean 'relu'?"),
    (lambda: mx.train("model"), "key=value"),
    (lambda: mx.train(["model=mlp"]), "is no override"),
    (lambda: mx.train("model.activation=relu,mish"), "several values"),
    (lambda: mx.train(*SMALL, "model.batch_norm=2"), "must be true or false"),
    (lambda: mx.train(*SMALL, "optimizer={}"), "must be one of adam"),
    (lambda: mx.train(*SMALL, seed="x"), "must be an integer"),
    (lambda: mx.train(*SMALL, seed=True), "must be an integer"),
    (lambda: mx.train(*SMALL, seed=-1), "from 0 to 4294967295"),
    (lambda: mx.train(*SMALL, run_dir=""), "must be the name of a folder"),
    (lambda: mx.train(*SMALL, run_dir=3), "must be the name of a folder"),
    (lambda: mx.train(*SMALL, run_dir="file"), "file is a file"),
    (lambda: mx.train(*SMALL, callbacks=["timer"]), "takes objects"),
    (lambda: mx.train(*SMALL, callbacks=3), "takes a list of objects"),
    (lambda: mx.train(*SMALL, config_dir="absent"), "there is no such folder"),
    (lambda: mx.train(*SMALL, config_dir="x" * 300), "there is no such folder"),
    (lambda: mx.train("sweep=grid"), "mx.sweep"),
    (lambda: mx.sweep(*SMALL, seed=range(3_000_000_000, 5_000_000_000)), "more than 100000 seeds"),
    (lambda: mx.sweep(*SMALL, seed=itertools.count()), "more than 100000 seeds"),
    (lambda: mx.sweep(*SMALL, seed=[]), "names no seed"),
    (lambda: mx.sweep(*SMALL, name="a/b"), "letters, digits, - and _"),
    (lambda: mx.sweep(*SMALL, name=3), "letters, digits, - and _"),
    (lambda: mx.sweep(*SMALL, "sweep.dry_run=true"), "mx.sweep trains"),
    (lambda: mx.load_results("absent"), "absent is not a folder"),
    (lambda: mx.load_results("file"), "file is not a folder"),
    (lambda: mx.load_results(""), "must be the name of a folder"),
    (lambda: mx.load_results(None), "must be the name of a folder"),
    (lambda: mx.load_results("x" * 300), "is not a folder"),
    (lambda: mx.load_results("empty"), "holds no run that has ended"),
    (lambda: mx.choices("modell"), "Did you mean 'model'?"),
]


@pytest.mark.slow
@pytest.mark.usefixtures("unchanged_process")
@pytest.mark.parametrize(("call", "text"), MISTAKES)
def test_a_mistake_is_answered_with_one_line(call, text, monkeypatch):
    def began(*_: object, **__: object) -> None:
        raise AssertionError("a run began")

    monkeypatch.setattr("mnist_exp.training.run.run", began)
    monkeypatch.setattr("mnist_exp.sweeps.child_process.run_command", began)
    Path("file").touch()
    Path("empty").mkdir()
    with pytest.raises(UserError) as refused:
        call()
    assert text in str(refused.value)
    assert "\n" not in str(refused.value)
    assert {path.name for path in Path().iterdir()} == {"file", "empty"}
