"""Two playgrounds that listen: one in this process, quick, with untrained networks; one as a command, with trained."""

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import torch

from mnist_exp.data.datasets import load
from mnist_exp.playground.__main__ import make_http_server
from mnist_exp.playground.networks import Network, Playground
from mnist_exp.runs.run_selection import TrainedRun
from mnist_exp.training.build import build_classifier
from tests.factories import config, data_config, record

SMALL = ("model=cnn", "model.channels=[8,16]", "model.hidden=[64]")


def untrained(activation: str) -> TrainedRun:
    """A small convolutional network as it is before training."""
    torch.manual_seed(0)
    model = build_classifier(config(*SMALL, activation=activation)).eval()
    return TrainedRun(Path(), record(activation, data="mnist5k"), model)


@pytest.fixture(scope="session")
def playground() -> Playground:
    """Untrained networks with relu and mish, and the test images of mnist5k."""
    arms = [untrained("relu"), untrained("mish")]
    return Playground({"cnn": Network(arms, load(data_config())[1], "the test set of mnist5k")})


@pytest.fixture(scope="session")
def address(playground: Playground) -> Iterator[str]:
    """Where the untrained networks are served. Fails at the end if the server logged an error."""
    errors = ErrorLog(logging.ERROR)
    logging.getLogger("werkzeug").addHandler(errors)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_http_server(playground, "127.0.0.1", 0)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    logging.getLogger("werkzeug").removeHandler(errors)
    assert errors.messages == []


class ErrorLog(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture(scope="session")
def trained_address(readers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the command serves trained networks. Fails at the end if the command wrote to stderr."""
    log = tmp_path_factory.mktemp("playground") / "stderr"
    command = [sys.executable, "-m", "mnist_exp.playground", str(readers), "--port", "0"]
    with (
        log.open("w") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Playground with cnn ("), log.read_text()
            yield re.search(r"http://[\d.:]+", line)[0]  # type: ignore[index]
        finally:
            process.terminate()
    assert log.read_text() == ""
