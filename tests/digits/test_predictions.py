"""What networks predict for the digits of an image. The networks here return known probabilities."""

from dataclasses import dataclass, field, replace
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
    predict_image,
    predict_images,
    predict_inputs,
)
from mnist_exp.errors import UserError
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import TrainedRun, open_best
from tests.digits.strokes import draw
from tests.factories import VEHICLES, colour_data_set, record


@dataclass
class KnownNetwork:
    """Predicts `label` with probability 0.9 for every image, and the next class with 0.1."""

    label: int
    name: str = "cnn relu seed 0"
    run_dir: Path = Path("run")
    record: Record = field(default_factory=record)

    def probabilities(self, images):
        found = np.zeros((len(images), 10))
        found[:, self.label], found[:, self.label + 1] = 0.9, 0.1
        return found


def test_the_most_probable_classes_come_first():
    probabilities = np.array([0.05, 0, 0.6, 0, 0, 0.25, 0, 0.1, 0, 0])
    ranked = Prediction("any", probabilities, VEHICLES).ranked()
    assert [(r.label, r.probability) for r in ranked] == [("bird", 0.6), ("deer", 0.25), ("frog", 0.1)]


def test_runs_with_equal_names_are_distinguished_by_their_folders(readers):
    relu = open_best(readers / "relu")
    other = TrainedRun(readers / "elsewhere", relu.record, relu.model)
    (digit,) = predict_inputs([relu, other], find_digits(draw(7, 22).astype(float), several=False))
    expected = [f"{relu.name} ({readers / 'relu'})", f"{relu.name} ({readers / 'elsewhere'})", AVERAGE]
    assert [prediction.network for prediction in digit.predictions] == expected


def test_unique_names_have_no_folder():
    networks = [KnownNetwork(3, "a"), KnownNetwork(3, "b", Path("first")), KnownNetwork(3, "b", Path("second"))]
    assert network_names(networks) == ["a", "b (first)", "b (second)"]


def test_one_network_has_no_average():
    (digit,) = predict_inputs([KnownNetwork(3)], find_digits(draw(7, 22).astype(float), several=False))
    assert [prediction.network for prediction in digit.predictions] == ["cnn relu seed 0"]
    assert digit.label == "3"


def test_the_label_of_several_networks_is_that_of_their_average():
    networks = [KnownNetwork(3, "a"), KnownNetwork(4, "b")]
    (digit,) = predict_inputs(networks, find_digits(draw(7, 22).astype(float), several=False))
    average = digit.predictions[-1].probabilities
    assert average[3:6] == pytest.approx([0.45, 0.5, 0.05])  # (0.9 + 0) / 2, (0.1 + 0.9) / 2, (0 + 0.1) / 2
    assert digit.label == "4"


def test_an_image_without_digits_has_no_text(tmp_path):
    Image.new("L", (80, 80), 250).save(tmp_path / "blank.png")
    image = predict_image([KnownNetwork(3)], tmp_path / "blank.png", several=False)
    assert (image.inputs, image.text) == ([], "")
    assert (image.pixels.shape, image.pixels.dtype, image.pixels.max()) == ((80, 80), np.uint8, 250)


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


def colour_record() -> Record:
    """The record of a run on colour images, on data that is not in the table."""
    made = record(data="photos")
    return replace(made, config=replace(made.config, images=colour_data_set().facts))


def test_a_whole_picture_is_predicted_by_its_class_name(tmp_path):
    Image.new("RGB", (80, 50), (250, 10, 20)).save(tmp_path / "red.png")
    network = KnownNetwork(4, record=colour_record())
    image = predict_image([network], tmp_path / "red.png", several=False)
    assert (image.text, image.pixels.shape) == ("container ship", (50, 80, 3))
    (one,) = image.inputs
    assert (one.given.box, one.given.pixels.shape) == ((0, 0, 80, 50), (32, 32, 3))
    assert (one.given.pixels == (250, 10, 20)).all()


def test_rows_of_digits_are_refused_for_whole_pictures(tmp_path):
    network = KnownNetwork(4, record=colour_record())
    message = (
        r"^--digits is for handwriting, but these networks take colour images of 32×32 pixels \(10 classes of photos"
    )
    with pytest.raises(UserError, match=message):
        next(predict_images([network], [tmp_path / "red.png"], several=True))


def test_networks_that_need_different_images_are_refused_in_one_line(tmp_path):
    networks = [KnownNetwork(4), KnownNetwork(4, record=colour_record())]
    with pytest.raises(
        UserError, match=r"^These networks cannot predict the same images: one takes grey images"
    ) as caught:
        next(predict_images(networks, [tmp_path / "red.png"], several=False))
    assert "\n" not in str(caught.value)
