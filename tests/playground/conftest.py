"""The worker in a browser, and a page with trained networks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_exp.playground.page import write_playground
from tests.browser import browser_page
from tests.playground.engine import Engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The page's worker, in one browser for all tests of a file. Fails at the end if the console got a message."""
    with browser_page() as opened:
        yield Engine(opened.page)
        assert opened.console == []


@pytest.fixture(scope="session")
def trained_page(readers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """playground.html with two trained networks."""
    return write_playground([readers], tmp_path_factory.mktemp("page") / "playground.html")
