"""The command `mnist-exp predict`, with two small trained networks that recognise digits."""

import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_exp.digits.predictions import PredictedImage, predict_image
from mnist_exp.errors import UserError
from mnist_exp.predict import MAX_DRAWN, Output, main, split_arguments
from mnist_exp.runs.files import read_record
from mnist_exp.runs.run_selection import held_out_test_set, open_best
from tests.digits.strokes import draw
from tests.factories import VEHICLES


@dataclass
class Finished:
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def work_dir(readers, tmp_path_factory):
    """A folder with image files and a sweep."""
    folder = tmp_path_factory.mktemp("work_dir")
    shutil.copytree(readers, folder / "sweep")
    (folder / "post").mkdir()
    (folder / "empty").mkdir()
    Image.fromarray(draw(7, 22)).save(folder / "post" / "seven.png")
    Image.fromarray(255 - draw(3, 22)).save(folder / "post" / "three.jpg")
    Image.fromarray(255 - np.hstack([draw(d, 22) for d in (4, 0, 7, 1)])).save(folder / "code.png")
    Image.new("L", (80, 80), 250).save(folder / "blank.webp")
    (folder / "broken.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture
def predict(work_dir, monkeypatch, capsys):
    """Runs the command in that folder, without the seconds that a new process takes to start."""

    def run(*arguments, stdin=""):
        monkeypatch.chdir(work_dir)
        monkeypatch.setattr(sys, "argv", ["predict", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as exit_info:
            main()
        code = exit_info.value.code
        stdout, stderr = capsys.readouterr()
        if isinstance(code, str):  # Python prints it and exits with 1
            return Finished(1, stdout, f"{stderr}{code}\n")
        return Finished(code, stdout, stderr)

    return run


@pytest.mark.slow
def test_the_command_works_in_its_own_process(work_dir):
    command = [sys.executable, "-m", "mnist_exp.predict", "sweep", "none.png", "post/seven.png"]
    finished = subprocess.run(command, cwd=work_dir, capture_output=True, text=True, timeout=120)
    which_run, error = finished.stderr.splitlines()
    assert (finished.returncode, error) == (1, "Error: none.png cannot be read (No such file or directory).")
    assert which_run.startswith("sweep: using its best run by validation, ")
    assert finished.stdout.startswith("post/seven.png  7 ")


def test_an_image_gives_a_label_its_probability_and_two_runners_up(predict):
    finished = predict("sweep/relu", "post/seven.png", "blank.webp")
    assert (finished.exit_code, finished.stderr) == (0, "")
    first, second = finished.stdout.splitlines()
    assert first.startswith("post/seven.png  7 ")
    assert first.count(" %") == 3
    assert second == "blank.webp  no digit found"


def test_folders_lists_and_rows_of_digits_are_read(predict):
    finished = predict("sweep", "post", "--json")
    assert [(image["image"], image["read"]) for image in json.loads(finished.stdout)] == [
        ("post/seven.png", "7"),
        ("post/three.jpg", "3"),
    ]
    finished = predict("sweep/mish", "-", "--digits", stdin="code.png\n\npost/seven.png\n")
    lines = finished.stdout.splitlines()
    assert lines[0] == "code.png  reads 4071"
    assert [line.split()[2] for line in lines[1:5]] == ["4", "0", "7", "1"]
    assert lines[5].startswith("post/seven.png  7 ")


def test_several_networks_predict_each_and_on_average(predict):
    finished = predict("sweep/relu", "sweep/mish", "post/three.jpg", "--json")
    (answers,) = (digit["answers"] for digit in json.loads(finished.stdout)[0]["digits"])
    assert [answer["by"] for answer in answers] == ["cnn relu seed 0", "cnn mish seed 0", "average"]
    relu, mish, average = answers
    assert (relu["label"], mish["label"], average["label"]) == (3, 3, 3)
    assert average["probability"] == pytest.approx((relu["probability"] + mish["probability"]) / 2, abs=2e-6)


def test_several_networks_have_a_line_each(predict):
    finished = predict("sweep/relu", "sweep/mish", "post/three.jpg")
    starts = [line.split("(")[0].rstrip() for line in finished.stdout.splitlines()]
    assert starts == [
        "post/three.jpg  cnn relu seed 0  3",
        "post/three.jpg  cnn mish seed 0  3",
        "post/three.jpg  average          3",
    ]


def test_a_broken_file_does_not_stop_the_others(predict):
    finished = predict("sweep/relu", "broken.png", "none.png", "post/seven.png")
    assert finished.exit_code == 1
    assert len(finished.stderr.splitlines()) == 2
    assert all(line.startswith("Error: ") for line in finished.stderr.splitlines())
    assert finished.stdout.startswith("post/seven.png  7 ")
    finished = predict("sweep", "broken.png", "post/seven.png", "--json")
    broken, seven = json.loads(finished.stdout)
    assert broken["error"].startswith("broken.png is not an image")
    assert (broken["read"], broken["digits"]) == (None, [])
    assert (seven["error"], seven["read"]) == (None, "7")


def test_show_draws_the_prepared_digits_beside_the_image(work_dir, predict):
    finished = predict("sweep/relu", "--digits", "code.png", "--show", "blank.webp")
    assert finished.stderr == "The pixels that the networks receive → seen.png\n"
    with Image.open(work_dir / "seen.png") as figure:
        assert figure.width > figure.height > 300
    os.remove(work_dir / "seen.png")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["post/seven.png"], "post/seven.png holds no finished run: make sweep trains four networks, "),
        (["sweep"], "No image is named"),
        (["sweep/relu", "empty"], "empty is a folder without images"),
    ],
)
def test_a_mistake_gives_a_one_line_error(predict, arguments, message):
    finished = predict(*arguments)
    assert (finished.exit_code, finished.stdout) == (1, "")
    assert finished.stderr.startswith(f"Error: {message}")
    assert finished.stderr.count("\n") == 1


def test_folders_of_runs_come_first_and_images_follow(work_dir, monkeypatch):
    monkeypatch.chdir(work_dir)
    folders, images = split_arguments(["sweep/relu", "sweep/mish", "post", "sweep"])
    assert ([str(f) for f in folders], images) == (["sweep/relu", "sweep/mish"], ["post", "sweep"])
    with pytest.raises(UserError, match="holds no finished run"):
        split_arguments(["post", "sweep"])
    folders, images = split_arguments(["sweep", "."])  # the last holds runs in a subfolder, but images too
    assert ([str(f) for f in folders], images) == (["sweep"], ["."])


def test_a_figure_that_cannot_be_written_gives_a_one_line_error(predict, monkeypatch):
    monkeypatch.setattr("mnist_exp.predict.FIGURE", Path("none/seen.png"))
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: None)
    finished = predict("sweep/relu", "code.png", "--show")
    message = "Error: none/seen.png cannot be written (No such file or directory).\n"
    assert (finished.exit_code, finished.stderr) == (1, message)


def test_no_more_images_are_kept_than_are_drawn(capsys):
    output = Output(as_json=False, show=True)
    for i in range(MAX_DRAWN + 5):
        output.add(PredictedImage(f"{i}.png", np.zeros((2, 2), dtype=np.uint8), []))
    assert [image.name for image in output.to_draw] == [f"{i}.png" for i in range(MAX_DRAWN)]
    assert len(capsys.readouterr().out.splitlines()) == MAX_DRAWN + 5


@pytest.mark.slow
def test_colour_pictures_are_predicted_by_class_names(colour_run, colours, work_dir, predict):
    test = held_out_test_set(read_record(colour_run))
    (work_dir / "photos").mkdir()
    Image.fromarray(test.images[4]).save(work_dir / "photos" / "ship.png")
    finished = predict(str(colour_run), "photos", "--json", "--show")
    (image,) = json.loads(finished.stdout)
    (digit,) = image["digits"]
    ranked = [digit["answers"][0], *digit["answers"][0]["runners_up"]]
    expected = open_best(colour_run).probabilities(test.images[4:5])[0]
    order = np.argsort(-expected)[:3]
    assert [one["label"] for one in ranked] == [VEHICLES[i] for i in order]
    assert [one["probability"] for one in ranked] == pytest.approx(expected[order], abs=1e-6)
    assert (image["read"], digit["box"], colours) == (VEHICLES[order[0]], [0, 0, 32, 32], "colours")
    assert predict(str(colour_run), "photos").stdout.startswith(f"photos/ship.png  {VEHICLES[order[0]]} (")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{run}", "post", "--digits"], "--digits is for handwriting, but these networks take colour images of 32×32"),
        (["{run}", "sweep/relu", "post"], "These networks cannot predict the same images: one takes colour images"),
    ],
)
def test_colour_networks_refuse_what_is_for_handwriting(colour_run, predict, arguments, message):
    finished = predict(*[argument.format(run=colour_run) for argument in arguments])
    assert (finished.exit_code, finished.stdout) == (1, "")
    assert finished.stderr.startswith(f"Error: {message}")
    assert finished.stderr.count("\n") == 1


@pytest.mark.slow
def test_networks_with_skip_connections_or_nested_layers_predict(own_networks, work_dir, predict):
    folders = [own_networks / "residual", own_networks / "nested"]
    finished = predict(*map(str, folders), "post/seven.png", "--json")
    (digit,) = json.loads(finished.stdout)[0]["digits"]
    assert [answer["by"] for answer in digit["answers"]] == ["residual relu seed 0", "nested relu seed 0", "average"]
    networks = [open_best(folder) for folder in folders]
    (expected,) = predict_image(networks, work_dir / "post/seven.png", several=False).inputs
    pixels = expected.given.pixels[None]
    by_hand = [network.probabilities(pixels)[0] for network in networks]
    by_hand.append((by_hand[0] + by_hand[1]) / 2)
    assert [answer["label"] for answer in digit["answers"]] == [p.argmax() for p in by_hand]
    assert [answer["probability"] for answer in digit["answers"]] == pytest.approx([p.max() for p in by_hand], abs=1e-6)
