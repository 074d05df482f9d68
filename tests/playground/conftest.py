"""The playground as it is typed, on a port of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def address(readers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    complaints = tmp_path_factory.mktemp("playground") / "stderr"
    typed = [sys.executable, "-m", "mnist_exp.playground", str(readers), "--port", "0"]
    with (
        complaints.open("w") as stderr,
        subprocess.Popen(typed, stdout=subprocess.PIPE, stderr=stderr, text=True) as serving,
    ):
        try:
            assert serving.stdout is not None
            line = serving.stdout.readline()
            assert line.startswith("Playground with cnn ("), complaints.read_text()
            yield re.search(r"http://[\d.:]+", line)[0]  # type: ignore[index]
        finally:
            serving.terminate()
    assert complaints.read_text() == ""  # whatever it was asked, it never stumbled
