"""Caches that last for one test only, and a computer without a network."""

from collections.abc import Iterator
from urllib.error import URLError

import pytest
from torchvision.datasets import utils as torchvision_utils

from mnist_exp.data.datasets import load
from mnist_exp.data.download import find_or_download


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    """Both functions cache their results for the whole process."""
    find_or_download.cache_clear()
    load.cache_clear()
    yield
    find_or_download.cache_clear()
    load.cache_clear()


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every download fails as it does for an unknown host. The list collects the addresses that were tried."""
    addresses: list[str] = []

    def fail(url, *_args, **_kwargs):
        addresses.append(url)
        raise URLError(OSError(-2, "Name or service not known"))

    monkeypatch.setattr(torchvision_utils, "download_url", fail)
    return addresses
