"""What the tests share: markers, composed configurations, small data, trained networks, the command in a shell."""

import gc
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import matplotlib.font_manager  # noqa: F401  (writes its cache now; a tested command would print a line about it)
import pytest
from omegaconf import DictConfig

from mnist_exp import registry
from mnist_exp.config import compose
from mnist_exp.config.schema import Config
from tests.factories import colour_data_set, compose_once

# Several processes test at once, one per core: with more threads than cores, waiting threads block working ones.
# Set before torch is imported. A file with convolutions takes 17 s instead of 52 s on two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "2000")
compose.register()
gc.disable()  # until everything is imported: 6.5 s instead of 8 s

# A run of about a second: a dense network on the 5,000 digits that need no download.
QUICK = ["data=mnist5k", "model=mlp", "trainer.max_epochs=1", "trainer.precision=32-true", "trainer.accelerator=cpu"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures, and skip those whose data or device is not available."""
    for item in items:
        if "readers" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
        if item.get_closest_marker("full_data") and not os.environ.get("MNIST_ROOT"):
            item.add_marker(pytest.mark.skip(reason="set MNIST_ROOT to a folder with MNIST/raw/*.gz"))
        if item.get_closest_marker("gpu") and not _has_gpu():
            item.add_marker(pytest.mark.skip(reason="needs a GPU that PyTorch's CUDA build finds"))


def pytest_collection_finish() -> None:
    """Collect garbage again."""
    gc.enable()


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


@pytest.fixture(scope="session")
def composed() -> Callable[..., DictConfig]:
    """composed("model=mlp") returns Hydra's object for that command line."""
    return lambda *overrides: compose.composed(overrides)


@pytest.fixture(scope="session")
def plain() -> Callable[..., Config]:
    """plain("model=mlp") returns the configuration of that command line as dataclasses, a new one for each call."""
    return lambda *overrides: deepcopy(compose_once(*overrides))


@pytest.fixture(scope="session")
def readers(plain: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of two small convolutional networks with 97 % on mnist5k, trained in a few seconds each."""
    from mnist_exp.runs.sweep_dir import locked
    from mnist_exp.training.run import run

    # All processes of pytest-xdist share one folder: the first trains, the others wait.
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else None
    folder = shared / "readers" if shared else tmp_path_factory.mktemp("readers")
    folder.mkdir(exist_ok=True)
    small = ["model=cnn", "model.channels=[8,16]", "model.hidden=[64]", "data.augment.rotation=10"]
    quick = ["trainer.max_epochs=6", "data.batch_size=32", "trainer.threads=1", "diagnostics.probe_every=0"]
    for activation in ("relu", "mish"):
        overrides = [*QUICK, *small, *quick, f"model.activation={activation}"]
        with locked(folder, wait=True):
            if not (folder / activation / "result.json").exists():
                (folder / activation).mkdir()
                run(plain(*overrides), folder / activation, overrides)
    return folder


@pytest.fixture(scope="session")
def own_networks(plain: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short runs, with figures, of a residual network and of one whose layers are nested."""
    from mnist_exp.training.run import run

    folder = tmp_path_factory.mktemp("own_networks")
    for name, target in (("residual", "ResidualNetwork"), ("nested", "NestedNetwork")):
        overrides = [*QUICK, "model=cnn", f"model.name={name}", f"model._target_=tests.factories.{target}"]
        (folder / name).mkdir()
        run(plain(*overrides, "diagnostics.figures=true", "trainer.threads=1"), folder / name, overrides)
    return folder


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a data set of colour images, which is in the table for one test."""
    monkeypatch.setattr("tests.factories.COLOURS", colour_data_set(), raising=False)
    monkeypatch.setitem(registry.DATA, "colours", "tests.factories:COLOURS")
    return "colours"


@pytest.fixture(scope="session")
def colour_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of a small convolutional network on colour images, with its figures and every diagnostic."""
    from mnist_exp.training.run import run

    folder = tmp_path_factory.mktemp("colour_run")
    overrides = [
        *QUICK,
        "data.name=colours",
        "data.val_size=40",
        "model=cnn",
        "model.channels=[4,5]",
        "model.hidden=[6]",
    ]
    overrides += ["diagnostics.figures=true", "diagnostics.histograms=true", "diagnostics.projector=true"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.factories.COLOURS", colour_data_set(), raising=False)
        patch.setitem(registry.DATA, "colours", "tests.factories:COLOURS")
        run(compose.compose(overrides), folder, overrides)
    return folder


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """planned("seed=0,1") returns the runs of `-m seed=0,1`, as if every data set were available."""
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from hydra._internal.utils import create_config_search_path
    from hydra.types import RunMode

    from mnist_exp.config import CONF
    from mnist_exp.sweeps.plan import plan

    monkeypatch.setattr("mnist_exp.config.preflight.find_or_download", lambda name, _root, _fallback: name)
    loader = ConfigLoaderImpl(create_config_search_path(str(CONF)))

    def make(*overrides: str) -> list[Any]:
        return plan(overrides, loader.load_configuration("config", [], RunMode.MULTIRUN), loader).jobs

    return make


@pytest.fixture
def fallen_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """After the call, the full MNIST is not available, and mnist5k takes its place."""
    return lambda: monkeypatch.setattr("mnist_exp.config.preflight.find_or_download", lambda *_: "mnist5k")


def run_in_shell(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, without MNIST and with the usual number of threads."""
    removed = ("MNIST_ROOT", "HYDRA_FULL_ERROR", "OMP_NUM_THREADS", "GOMP_SPINCOUNT")
    inherited = {name: value for name, value in os.environ.items() if name not in removed}
    return subprocess.run(
        [sys.executable, "-m", "mnist_exp", *arguments],
        cwd=folder,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """shell("model=mlp") runs that command in an empty folder."""

    def run_command(*arguments: str, cwd: Path = tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
        return run_in_shell(cwd, *arguments, **environment)

    return run_command


@pytest.fixture
def unchanged_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty working directory without MNIST. What Hydra changes in this process is restored afterwards."""
    from hydra.core.global_hydra import GlobalHydra

    loggers = [logging.getLogger(), logging.getLogger("mnist_exp")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
    monkeypatch.delenv("MNIST_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    for logger, level, handlers in before:
        for handler in set(logger.handlers) - set(handlers):
            handler.close()
        logger.handlers = handlers
        logger.setLevel(level)
    GlobalHydra.instance().clear()


@pytest.fixture
def command(
    unchanged_process: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """As shell, but in this process, which takes 0.1 s instead of 0.5 s or, with torch, 5 s."""
    from mnist_exp.cli.main import main

    def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["mnist_exp", *arguments])
        code: str | int | None = 0
        try:
            main()
        except SystemExit as exited:
            code = exited.code
        out, err = capsys.readouterr()
        if isinstance(code, str):  # Python prints it
            code, err = 1, f"{err}{code}\n"
        return subprocess.CompletedProcess(arguments, code or 0, out, err)

    return run_command


@pytest.fixture(scope="session")
def mlflow_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an MLflow database in a file. Creating its tables takes some seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def wandb_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """W&B writes to files only, and nobody is logged in. It reads its environment once, so it is shut down again."""
    import wandb

    wandb.teardown()
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    yield
    wandb.teardown()
