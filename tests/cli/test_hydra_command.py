"""One run as Hydra calls it, without the training itself."""

import sys
from pathlib import Path

import pytest

from mnist_exp.cli.hydra_command import run_hydra
from mnist_exp.errors import Stop, UserError
from mnist_exp.runs.identity import key
from tests.conftest import QUICK

pytestmark = pytest.mark.usefixtures("unchanged_process")


@pytest.fixture
def hydra_run(monkeypatch):
    """hydra_run("seed=1") returns the arguments with which the run of that command line is called."""
    calls = []
    monkeypatch.setattr("mnist_exp.training.run.run", lambda *arguments, **_: calls.append(arguments))

    def run(*arguments: str):
        monkeypatch.setattr(sys, "argv", ["mnist_exp", *QUICK, *arguments])
        run_hydra()
        ((config, run_dir, overrides),) = calls
        return config, run_dir, overrides

    return run


@pytest.mark.slow
def test_a_single_run_gets_its_configuration_directory_and_overrides(hydra_run, plain):
    config, run_dir, overrides = hydra_run("model.activation=mish", "seed=3")
    expected = plain(*QUICK, "model.activation=mish", "seed=3")
    assert key(config) == key(expected)
    assert config.diagnostics.figures is True  # null in the configuration: figures for single runs only
    assert overrides == [*QUICK, "model.activation=mish", "seed=3"]
    assert run_dir.parent == Path.cwd() / "multirun" / "single"
    assert run_dir.name.endswith("_mlp_mish_seed3")
    assert run_dir.is_dir()


def test_figures_are_not_drawn_if_switched_off(hydra_run):
    assert hydra_run("diagnostics.figures=false")[0].diagnostics.figures is False


def test_an_error_in_the_run_stops_the_command_with_its_reason(hydra_run, monkeypatch):
    def fail(*_, **__):
        raise UserError("do this")

    monkeypatch.setattr("mnist_exp.training.run.run", fail)
    with pytest.raises(Stop) as stopped:
        hydra_run()
    assert str(stopped.value.reason) == "do this"
