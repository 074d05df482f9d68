"""The command, typed; what it reads in pictures is asked of two small networks that can read."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mnist_exp.digits.handwriting import find_digits
from mnist_exp.errors import UserError
from mnist_exp.predict import AVERAGE, apart, ask, main, ranked
from mnist_exp.runs.run_selection import TrainedRun, open_best
from tests.digits.strokes import draw


@pytest.fixture(scope="module")
def desk(readers, tmp_path_factory):
    """A folder with pictures, and the runs beside it."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(readers, folder / "sweep")
    (folder / "post").mkdir()
    Image.fromarray(draw(7, 22)).save(folder / "post" / "seven.png")
    Image.fromarray(255 - draw(3, 22)).save(folder / "post" / "three.jpg")
    Image.fromarray(255 - np.hstack([draw(d, 22) for d in (4, 0, 7, 1)])).save(folder / "code.png")
    Image.new("L", (80, 80), 250).save(folder / "blank.webp")
    (folder / "broken.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture
def typed(desk, monkeypatch, capsys):
    """The command as typed at that desk, without the seconds that a new process takes to start."""

    def ran(*arguments, stdin=""):
        monkeypatch.chdir(desk)
        monkeypatch.setattr(sys, "argv", ["predict", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as stopped:
            main()
        said = stopped.value.code if isinstance(stopped.value.code, str) else ""
        out, err = capsys.readouterr()
        return SimpleNamespace(code=1 if said else stopped.value.code, out=out, err=err + (said and f"{said}\n"))

    return ran


def test_the_command_in_a_process_of_its_own(desk):
    command = [sys.executable, "-m", "mnist_exp.predict", "sweep", "none.png", "post/seven.png"]
    ran = subprocess.run(command, cwd=desk, capture_output=True, text=True, timeout=120)
    asked, error = ran.stderr.splitlines()
    assert (ran.returncode, error) == (1, "Error: none.png cannot be read (No such file or directory).")
    assert asked.startswith("sweep: asking its best run, ")
    assert ran.stdout.startswith("post/seven.png  7 ")


def test_a_picture_is_read_with_its_probability_and_two_runners_up(typed):
    ran = typed("sweep/relu", "post/seven.png", "blank.webp")
    assert (ran.code, ran.err) == (0, "")
    first, second = ran.out.splitlines()
    assert first.startswith("post/seven.png  7 ")
    assert first.count(" %") == 3
    assert second == "blank.webp  no digit found"


def test_a_folder_and_a_list_and_digits_in_a_row(typed):
    ran = typed("sweep", "post", "--json")
    assert [(each["image"], each["read"]) for each in json.loads(ran.out)] == [
        ("post/seven.png", "7"),
        ("post/three.jpg", "3"),
    ]
    ran = typed("sweep/mish", "-", "--digits", stdin="code.png\n\npost/seven.png\n")
    lines = ran.out.splitlines()
    assert lines[0] == "code.png  reads 4071"
    assert [line.split()[2] for line in lines[1:5]] == ["4", "0", "7", "1"]
    assert lines[5].startswith("post/seven.png  7 ")


def test_several_runs_answer_each_and_together(typed):
    ran = typed("sweep/relu", "sweep/mish", "post/three.jpg", "--json")
    (answers,) = (digit["answers"] for digit in json.loads(ran.out)[0]["digits"])
    assert [answer["by"] for answer in answers] == ["cnn relu seed 0", "cnn mish seed 0", "average"]
    relu, mish, average = answers
    assert (relu["label"], mish["label"], average["label"]) == (3, 3, 3)
    assert average["probability"] == pytest.approx((relu["probability"] + mish["probability"]) / 2, abs=2e-6)


def test_what_is_broken_does_not_keep_the_others_from_being_read(typed):
    ran = typed("sweep/relu", "broken.png", "none.png", "post/seven.png")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 2
    assert all(line.startswith("Error: ") for line in ran.err.splitlines())
    assert ran.out.startswith("post/seven.png  7 ")
    ran = typed("sweep", "broken.png", "post/seven.png", "--json")
    broken, seven = json.loads(ran.out)
    assert broken["error"].startswith("broken.png is no picture")
    assert (seven["error"], seven["read"]) == (None, "7")


def test_what_the_network_saw_is_drawn_beside_the_original(desk, typed):
    ran = typed("sweep/relu", "--digits", "code.png", "--show", "blank.webp")
    assert ran.err == "What the network saw → seen.png\n"
    with Image.open(desk / "seen.png") as drawn:
        assert drawn.width > drawn.height > 300
    os.remove(desk / "seen.png")


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["post/seven.png"], "post/seven.png holds no finished run: make sweep trains four networks, "),
        (["sweep"], "No picture is named"),
        (["sweep/relu", "empty"], "empty is a folder that holds no picture"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(desk, typed, arguments, answer):
    (desk / "empty").mkdir(exist_ok=True)
    ran = typed(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"Error: {answer}")
    assert ran.err.count("\n") == 1


def test_runs_come_first_and_pictures_follow(desk, monkeypatch):
    monkeypatch.chdir(desk)
    folders, pictures = apart(["sweep/relu", "sweep/mish", "post", "sweep"])
    assert ([str(f) for f in folders], pictures) == (["sweep/relu", "sweep/mish"], ["post", "sweep"])
    with pytest.raises(UserError, match="holds no finished run"):
        apart(["post", "sweep"])
    folders, pictures = apart(["sweep", "."])  # in which there are runs somewhere, but pictures too
    assert ([str(f) for f in folders], pictures) == (["sweep"], ["."])


def test_the_likeliest_come_first():
    probabilities = np.array([0.05, 0, 0.6, 0, 0, 0.25, 0, 0.1, 0, 0])
    assert [(r["label"], r["probability"]) for r in ranked(probabilities)] == [(2, 0.6), (5, 0.25), (7, 0.1)]


def test_two_runs_of_one_name_are_told_apart_by_their_folder(readers):
    relu = open_best(readers / "relu")
    other = TrainedRun(readers / "elsewhere", relu.record, relu.model)
    (answer,) = ask([relu, other], find_digits(draw(7, 22).astype(float), several=False))
    assert list(answer) == [f"{relu.name} ({readers / 'relu'})", f"{relu.name} ({readers / 'elsewhere'})", AVERAGE]


def test_a_picture_that_cannot_be_written_is_said_in_one_line(typed, monkeypatch):
    monkeypatch.setattr("mnist_exp.predict.SHOWN", Path("none/seen.png"))
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: None)
    ran = typed("sweep/relu", "code.png", "--show")
    assert (ran.code, ran.err) == (1, "Error: none/seen.png cannot be written (No such file or directory).\n")
