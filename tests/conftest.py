"""What several tests need: small data that is not the real thing, composed configurations, a shell to type in."""

import gzip
import hashlib
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.font_manager  # noqa: F401  (writes its cache, which commands under test would announce)
import numpy as np
import pytest

from mnist_exp.config import compose
from mnist_exp.config.schema import Config
from mnist_exp.data.idx_files import MNIST_FILES

compose.register()

# Seconds, not minutes: a dense network on the 5,000 digits that need no download.
QUICK = ["data=mnist5k", "model=mlp", "trainer.max_epochs=1", "trainer.precision=32-true", "trainer.accelerator=cpu"]

full_mnist = pytest.mark.skipif(
    not os.environ.get("MNIST_ROOT"), reason="needs the full MNIST: set MNIST_ROOT to a folder with MNIST/raw/*.gz"
)


@pytest.fixture(scope="session")
def composed() -> Callable[..., Any]:
    """composed("model=mlp") is Hydra's object for what the command line would have made of it."""
    return lambda *overrides: compose.composed(overrides)


@pytest.fixture(scope="session")
def plain() -> Callable[..., Config]:
    """plain("model=mlp") is the same as dataclasses."""
    return lambda *overrides: compose.compose(overrides)


@pytest.fixture(scope="session")
def readers(plain: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of two convolutional networks that can read: small ones, on mnist5k, 97 % within a few seconds each."""
    from mnist_exp.training.run import run

    folder = tmp_path_factory.mktemp("readers")
    small = ["model=cnn", "model.channels=[8,16]", "model.hidden=[64]", "data.augment.rotation=10"]
    quick = ["trainer.max_epochs=6", "data.batch_size=32", "trainer.threads=1", "diagnostics.probe_every=0"]
    for activation in ("relu", "mish"):
        typed = [*QUICK, *small, *quick, f"model.activation={activation}"]
        (folder / activation).mkdir()
        run(plain(*typed), folder / activation, typed)
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
def tiny_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root of 40 + 20 made-up digits in MNIST's format, whose checksums count as the official ones."""
    raw = tmp_path / "root" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for prefix, n in (("train", 40), ("t10k", 20)):
        images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        write_idx(raw / f"{prefix}-images-idx3-ubyte.gz", images)
        write_idx(raw / f"{prefix}-labels-idx1-ubyte.gz", np.arange(n, dtype=np.uint8) % 10)
    for path in raw.iterdir():
        monkeypatch.setitem(MNIST_FILES, path.name, hashlib.md5(path.read_bytes()).hexdigest())
    return tmp_path / "root"


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """planned("seed=0,1") is what -m seed=0,1 would run."""
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from hydra._internal.utils import create_config_search_path
    from hydra.types import RunMode

    from mnist_exp.config import CONF
    from mnist_exp.sweeps.plan import plan

    monkeypatch.setattr("mnist_exp.config.preflight.find_or_download", lambda name, _root, _fallback: name)
    loader = ConfigLoaderImpl(create_config_search_path(str(CONF)))

    def make(*arguments: str) -> list[Any]:
        return plan(arguments, loader.load_configuration("config", [], RunMode.MULTIRUN), loader).jobs

    return make


@pytest.fixture
def fallen_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, the full set is nowhere to be had."""
    return lambda: monkeypatch.setattr("mnist_exp.config.preflight.find_or_download", lambda *_: "mnist5k")


def write_idx(path: Path, array: np.ndarray) -> None:
    """IDX as its inventors describe it: two zeros, the type, the number of dimensions, their sizes, the data."""
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), mtime=0))


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Type a command in an empty folder without MNIST; whatever it writes lands there."""

    def typed(*arguments: str, cwd: Path = tmp_path, **environment: str) -> subprocess.CompletedProcess:
        inherited = {k: v for k, v in os.environ.items() if k not in ("MNIST_ROOT", "HYDRA_FULL_ERROR")}
        return subprocess.run(
            [sys.executable, "-m", "mnist_exp", *arguments],
            cwd=cwd,
            env=inherited | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return typed
