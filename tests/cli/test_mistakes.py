"""Every mistake in the table gets a short answer, at once, that says what to type."""

import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.mistakes import MISTAKES
from tests.conftest import QUICK, run_in_shell
from tests.factories import quick_first

LINES, SECONDS, HANGS = 3, 10, 90  # seconds of the processor, which others may use too, and of the clock
CODE = {
    "my_act.py": "import torch\nNUMBER = 3\nclass Snake(torch.nn.Tanh): pass\ndef constant(x): return 3\n"
    "def wrong_shape(x): return x.sum()\ndef fails(x): return 1 / 0\n",
    "broken.py": "class Snake(:\n",
    "raises.py": "raise ValueError('no luck')\n",
    "exits.py": "import sys\nsys.exit(0)\n",
    "imports.py": "import no_such_package\n",
    "notes.txt": "a file\n",
    "damaged.png": "no picture\n",
    "other_files/notes.txt": "a file\n",
    "damaged_pictures/train/a/1.png": "no picture\n",
    "written/own_activation.py": "a file\n",
    "own/model/no_target.yaml": "hidden: [10]\n",
    "own/model/bad_yaml.yaml": "hidden: [10\n",
    "own/model/two_channels.yaml": "_target_: own_net:Net\n",
    "own_net.py": "import torch\nclass Net(torch.nn.Linear):\n    def __init__(self, wanted): super().__init__(2, 2)\n",
    "own/sweep/own_bad.yaml": "axes: {model.activation: 'rulu,mish'}\n",
    "own/sweep/own_list.yaml": "axes: {model.activation: [relu, mish]}\n",
}


@pytest.fixture(scope="session")
def mistakes_folder(plain, tmp_path_factory) -> Path:
    """The folder in which the commands are typed: files of every kind, and a finished run."""
    from mnist_exp.training.run import run

    folder = tmp_path_factory.mktemp("mistakes")
    for name, text in CODE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "binary.py").write_bytes(bytes(range(256)))
    Image.new("L", (28, 28)).save(folder / "picture.png")
    for name in ("empty", "a_folder.py", "run"):
        (folder / name).mkdir()
    run(plain(*QUICK, "model=softmax"), folder / "run", QUICK)
    return folder


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError, also in the middle of a loop of Python."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def files_of(folder: Path) -> set[Path]:
    """Every file, except what Python and mlflow keep for themselves."""
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts and path.suffix != ".db"}


def assert_answered(ran: subprocess.CompletedProcess[str], text: str) -> None:
    answer = ran.stdout + ran.stderr
    assert text in answer
    assert ran.returncode != 0
    assert "Traceback" not in answer
    assert len(answer.splitlines()) <= LINES


@pytest.fixture(autouse=True)
def nothing_trains(monkeypatch) -> None:
    """A command that is not refused fails here."""

    def began(*_: object, **__: object) -> None:
        raise RuntimeError("a run began")

    for name in ("mnist_exp.training.run.run", "mnist_exp.sweeps.sweep.launch", "mnist_exp.benchmark.__main__.measure"):
        monkeypatch.setattr(name, began)


@pytest.mark.parametrize(("typed", "text"), quick_first(20, MISTAKES))
def test_a_mistake_is_answered_with_what_to_type(command, mistakes_folder, monkeypatch, typed, text):
    monkeypatch.chdir(mistakes_folder)
    before = files_of(mistakes_folder)
    began = time.process_time()
    with time_limit(HANGS):
        ran = command(*shlex.split(typed))
    assert time.process_time() - began < SECONDS
    assert_answered(ran, text)
    assert files_of(mistakes_folder) == before


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "text"), MISTAKES[::30])
def test_a_process_of_its_own_answers_the_same(mistakes_folder, typed, text):
    assert_answered(run_in_shell(mistakes_folder, *shlex.split(typed)), text)


def test_there_are_many_mistakes_and_each_is_there_once():
    assert len(dict(MISTAKES)) == len(MISTAKES) >= 150
