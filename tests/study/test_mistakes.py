"""The images that most runs get wrong, of predictions written by hand for the test set of mnist5k."""

import base64
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mnist_exp.data.datasets import load
from mnist_exp.runs.files import write_predictions
from mnist_exp.study import mistakes
from mnist_exp.study.mistakes import find_mistakes
from tests.factories import colour_images, data_config, record

TEST = load(data_config("mnist5k"))[1]


@pytest.fixture
def tested(tmp_path):
    """A function that returns a run whose predictions are right but for the given images."""

    def make(activation, seed, wrong, labels=TEST.labels):
        run = record(activation, seed, data="mnist5k", run_dir=tmp_path / f"{activation}{seed}")
        run.run_dir.mkdir()
        predicted = labels.copy()
        for index, answer in wrong.items():
            predicted[index] = answer
        write_predictions(run.run_dir, labels, np.eye(10)[predicted])
        return run

    return make


def not_actual(index, shift=1):
    return (int(TEST.labels[index]) + shift) % 10


def pixels(picture):
    kind, data = picture.split(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(base64.b64decode(data))))


def test_the_images_that_most_runs_get_wrong_come_first(tested):
    often, rare = {7: not_actual(7)}, {3: not_actual(3)}
    relu = [tested("relu", 0, often | rare), tested("relu", 1, often), tested("relu", 2, {7: not_actual(7, 2)})]
    mish = [tested("mish", 0, often)]
    (found,) = find_mistakes({"cnn": {"relu": relu, "mish": mish}})
    assert found.network == "cnn"
    assert found.sentence == f"1 of the {len(TEST.labels):,} test images is wrong in every run of cnn."
    first, second = found.mistakes
    assert (first.index, first.wrong, first.runs, first.actual) == (7, 4, 4, str(TEST.labels[7]))
    assert first.predicted == {"relu": str(not_actual(7)), "mish": str(not_actual(7))}
    assert (second.index, second.wrong) == (3, 1)
    assert second.predicted == {"relu": str(TEST.labels[3]), "mish": str(TEST.labels[3])}
    np.testing.assert_array_equal(pixels(first.picture), TEST.images[7])


def test_at_most_24_are_shown(tested):
    (found,) = find_mistakes({"cnn": {"relu": [tested("relu", 0, {i: not_actual(i) for i in range(30)})]}})
    assert [mistake.index for mistake in found.mistakes] == list(range(24))
    assert found.sentence == f"30 of the {len(TEST.labels):,} test images are wrong in the only run of cnn."


def test_runs_without_a_common_or_any_mistake(tested):
    apart = [tested("relu", seed, {seed: not_actual(seed)}) for seed in (0, 1)]
    (found,) = find_mistakes({"cnn": {"relu": apart}})
    assert found.sentence == "No test image is wrong in every run of cnn: the hardest is wrong in 1 of 2 runs."
    (found,) = find_mistakes({"cnn": {"mish": [tested("mish", 0, {})]}})
    assert (found.sentence, found.mistakes) == ("No test image is wrong in any run of cnn.", [])


def test_there_is_nothing_without_predictions_with_other_labels_or_without_the_images(tested, tmp_path):
    run = tested("relu", 0, {7: not_actual(7)})
    assert find_mistakes({"cnn": {"relu": [run]}})
    assert find_mistakes({"cnn": {"relu": [replace(run, run_dir=tmp_path / "nothing")]}}) == []
    assert find_mistakes({"cnn": {"mish": [tested("mish", 0, {}, labels=TEST.labels[::-1])]}}) == []
    elsewhere = replace(run.config, data=replace(run.config.data, name="mnist", root=str(tmp_path / "no_data")))
    assert find_mistakes({"cnn": {"relu": [replace(run, config=elsewhere)]}}) == []


def test_large_colour_images_become_small_pictures(tested, monkeypatch):
    images = colour_images(4, size=(120, 80))
    monkeypatch.setattr(mistakes, "load", lambda _: (images, images))
    run = tested("relu", 0, {3: 0}, labels=images.labels)
    (found,) = find_mistakes({"cnn": {"relu": [run]}})
    (mistake,) = found.mistakes
    assert pixels(mistake.picture).shape == (64, 43, 3)
