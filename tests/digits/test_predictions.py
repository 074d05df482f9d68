"""What networks predict for the digits of an image. The networks here return known probabilities."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_exp.digits.handwriting import find_digits
from mnist_exp.digits.predictions import (
    AVERAGE,
    PredictedImage,
    Prediction,
    UnreadableImage,
    network_names,
    predict_digits,
    predict_image,
    predict_images,
)
from mnist_exp.errors import UserError
from mnist_exp.runs.run_selection import TrainedRun, open_best
from tests.digits.strokes import draw


@dataclass
class KnownNetwork:
    """Predicts `label` with probability 0.9 for every image, and the next class with 0.1."""

    label: int
    name: str = "cnn relu seed 0"
    run_dir: Path = Path("run")

    def probabilities(self, images):
        found = np.zeros((len(images), 10))
        found[:, self.label], found[:, self.label + 1] = 0.9, 0.1
        return found


def test_the_most_probable_classes_come_first():
    probabilities = np.array([0.05, 0, 0.6, 0, 0, 0.25, 0, 0.1, 0, 0])
    ranked = Prediction("any", probabilities).ranked()
    assert [(r.label, r.probability) for r in ranked] == [(2, 0.6), (5, 0.25), (7, 0.1)]


def test_runs_with_equal_names_are_distinguished_by_their_folders(readers):
    relu = open_best(readers / "relu")
    other = TrainedRun(readers / "elsewhere", relu.record, relu.model)
    (digit,) = predict_digits([relu, other], find_digits(draw(7, 22).astype(float), several=False))
    expected = [f"{relu.name} ({readers / 'relu'})", f"{relu.name} ({readers / 'elsewhere'})", AVERAGE]
    assert [prediction.network for prediction in digit.predictions] == expected


def test_unique_names_have_no_folder():
    networks = [KnownNetwork(3, "a"), KnownNetwork(3, "b", Path("first")), KnownNetwork(3, "b", Path("second"))]
    assert network_names(networks) == ["a", "b (first)", "b (second)"]


def test_one_network_has_no_average():
    (digit,) = predict_digits([KnownNetwork(3)], find_digits(draw(7, 22).astype(float), several=False))
    assert [prediction.network for prediction in digit.predictions] == ["cnn relu seed 0"]
    assert digit.label == 3


def test_the_label_of_several_networks_is_that_of_their_average():
    networks = [KnownNetwork(3, "a"), KnownNetwork(4, "b")]
    (digit,) = predict_digits(networks, find_digits(draw(7, 22).astype(float), several=False))
    average = digit.predictions[-1].probabilities
    assert average[3:6] == pytest.approx([0.45, 0.5, 0.05])  # (0.9 + 0) / 2, (0.1 + 0.9) / 2, (0 + 0.1) / 2
    assert digit.label == 4


def test_an_image_without_digits_has_no_text(tmp_path):
    Image.new("L", (80, 80), 250).save(tmp_path / "blank.png")
    image = predict_image([KnownNetwork(3)], tmp_path / "blank.png", several=False)
    assert (image.digits, image.text) == ([], "")
    assert (image.grey.shape, image.grey.dtype, image.grey.max()) == ((80, 80), np.uint8, 250)


def test_unreadable_images_are_returned_among_the_others(tmp_path):
    Image.fromarray(np.hstack([draw(4, 22), draw(0, 22)])).save(tmp_path / "row.png")
    paths = [tmp_path / "none.png", tmp_path / "row.png"]
    unreadable, row = predict_images([KnownNetwork(3)], paths, several=True)
    message = f"{paths[0]} cannot be read (No such file or directory)."
    assert unreadable == UnreadableImage(str(paths[0]), message)
    assert isinstance(row, PredictedImage)
    assert (row.name, row.text) == (str(paths[1]), "33")
    with pytest.raises(UserError, match="cannot be read"):
        predict_image([KnownNetwork(3)], paths[0], several=True)
