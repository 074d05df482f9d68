"""The data sets and test images of the page."""

from base64 import b64decode
from dataclasses import replace

import numpy as np

from mnist_exp.data.datasets import load
from mnist_exp.playground.samples import ImageSet, balanced
from tests.factories import data_config, record


def test_the_classes_come_in_turn_in_equal_numbers():
    labels = np.array([2, 2, 0, 1, 2, 0, 2, 0])
    assert labels[balanced(labels, 99)].tolist() == [0, 1, 2, 0, 2, 0, 2, 2]
    assert balanced(labels, 4).tolist() == [2, 3, 0, 5]
    test = load(data_config())[1]
    assert np.bincount(test.labels[balanced(test.labels, 200)]).tolist() == [20] * 10


def test_samples_are_images_of_the_held_out_test_set():
    images = ImageSet.of(record(data="mnist5k"))
    encoded, test = images.encoded(), load(data_config())[1]
    assert (encoded.name, encoded.drawable, encoded.shape) == ("mnist5k", True, (1, 28, 28))
    assert encoded.classes == list("0123456789")
    assert encoded.samples.count == len(encoded.samples.labels) == 200
    pixels = np.frombuffer(b64decode(encoded.samples.pixels), np.uint8).reshape(200, 28, 28)
    for pixel, label, index in zip(pixels, encoded.samples.labels, encoded.samples.indices, strict=True):
        assert np.array_equal(pixel, test.images[index].reshape(28, 28))
        assert label == test.labels[index]


def test_without_its_files_a_data_set_has_no_samples(tmp_path):
    run = record(data="mnist")
    away = replace(run, config=replace(run.config, data=replace(run.config.data, root=str(tmp_path))))
    encoded = ImageSet.of(away).encoded()
    assert encoded.samples is None
    assert (encoded.drawable, encoded.background) == (True, [0])


def test_the_background_is_the_typical_border():
    pixels = np.zeros((5, 3, 4, 4), np.uint8)
    pixels[:, 1], pixels[:, 2, 0] = 90, 255
    images = ImageSet("x", False, (3, 4, 4), ["a"], pixels, np.zeros(5, int), np.arange(5))
    assert images.encoded().background == [0, 90, 0]
