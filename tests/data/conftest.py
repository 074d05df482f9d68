"""Small files for every data set, caches that last for one test only, and a computer without a network."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from torchvision.datasets import utils as torchvision_utils

from mnist_exp.config.schema import DataConfig
from mnist_exp.data import catalogue, datasets, own
from mnist_exp.data.download import find_or_download
from tests.data.synthetic_files import row_of, write_set
from tests.factories import data_config


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    """These functions cache their results for the whole process."""
    caches = (find_or_download, datasets._load_files, own._load)
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """tiny("kmnist") writes small files whose sums count as the official ones, and returns data.root.

    With `write=False` only the table is changed.
    """

    def make(name: str, write: bool = True) -> str:
        row = write_set(name, tmp_path / "root") if write else row_of(name)
        monkeypatch.setattr(catalogue, name.upper(), row)
        return str(tmp_path / "root")

    return make


@pytest.fixture
def tiny_root(tiny: Callable[..., str]) -> Path:
    """A data root with the small files of MNIST: 40 + 20 made-up digits."""
    return Path(tiny("mnist"))


@pytest.fixture
def section() -> Callable[..., DataConfig]:
    """section("mnist", root) is the section `data` of a configuration."""
    return data_config


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every download fails as it does for an unknown host. The list collects the addresses that were tried."""
    addresses: list[str] = []

    def fail(url, *_args, **_kwargs):
        addresses.append(url)
        raise URLError(OSError(-2, "Name or service not known"))

    monkeypatch.setattr(torchvision_utils, "download_url", fail)
    return addresses
