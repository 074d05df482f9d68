"""One run as Hydra calls it, without the training itself."""

import logging
import sys
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

from mnist_exp.cli.hydra_command import run_hydra
from mnist_exp.errors import Stop, UserError
from mnist_exp.runs.identity import key
from tests.conftest import QUICK


@pytest.fixture(autouse=True)
def restored(monkeypatch, tmp_path):
    """An empty working directory; afterwards logging, environment and Hydra are as before."""
    root, package = logging.getLogger(), logging.getLogger("mnist_exp")
    handlers, levels = root.handlers[:], (root.level, package.level)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # run_hydra changes it
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers = handlers
    root.setLevel(levels[0])
    package.setLevel(levels[1])
    GlobalHydra.instance().clear()


@pytest.fixture
def command(monkeypatch):
    """command("seed=1") returns the arguments with which the run of that command line is called."""
    calls = []
    monkeypatch.setattr("mnist_exp.training.run.run", lambda *arguments: calls.append(arguments))

    def run(*arguments: str):
        monkeypatch.setattr(sys, "argv", ["mnist_exp", *QUICK, *arguments])
        run_hydra()
        ((config, run_dir, overrides),) = calls
        return config, run_dir, overrides

    return run


def test_a_single_run_gets_its_configuration_directory_and_overrides(command, plain):
    config, run_dir, overrides = command("model.activation=mish", "seed=3")
    expected = plain(*QUICK, "model.activation=mish", "seed=3")
    assert key(config) == key(expected)
    assert config.diagnostics.figures is True  # null in the configuration: figures for single runs only
    assert overrides == [*QUICK, "model.activation=mish", "seed=3"]
    assert run_dir.parent == Path.cwd() / "multirun" / "single"
    assert run_dir.name.endswith("_mlp_mish_seed3")
    assert run_dir.is_dir()


def test_figures_are_not_drawn_if_switched_off(command):
    assert command("diagnostics.figures=false")[0].diagnostics.figures is False


def test_an_error_in_the_run_stops_the_command_with_its_reason(command, monkeypatch):
    def fail(*_):
        raise UserError("do this")

    monkeypatch.setattr("mnist_exp.training.run.run", fail)
    with pytest.raises(Stop) as stopped:
        command()
    assert str(stopped.value.reason) == "do this"
