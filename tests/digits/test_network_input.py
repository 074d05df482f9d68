"""What networks need as input, and whether several need the same."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mnist_exp.config.schema import ImageFacts
from mnist_exp.data.datasets import data_set
from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.digits import network_input
from mnist_exp.digits.network_input import InputNeeds, border_mean, common_needs
from mnist_exp.errors import UserError
from tests.factories import VEHICLES, record


def needs(data="photos", shape=(1, 28, 28), classes=VEHICLES, mean=0.3):
    made = record(data=data)
    facts = ImageFacts(list(shape), list(classes), mean, 0.3)
    return InputNeeds(replace(made, config=replace(made.config, images=facts)))


def named(*all_needs):
    return [SimpleNamespace(record=one.record) for one in all_needs]


def test_the_border_is_the_outermost_rows_and_columns():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7)).astype(float)
    outside = np.ones((5, 7), dtype=bool)
    outside[1:-1, 1:-1] = False
    assert border_mean(pixels) == pytest.approx(pixels[outside].mean())
    assert border_mean(np.stack([pixels] * 3, -1)) == pytest.approx(pixels[outside].mean())


@pytest.mark.parametrize(("border", "dark"), [(0, True), (100, False), (255, False)])
def test_training_images_are_dark_or_light_at_their_borders(monkeypatch, border, dark):
    images = np.full((3, 6, 6), 128, dtype=np.uint8)
    images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1] = [border] * 4
    monkeypatch.setattr(network_input, "load", lambda *_: (LabelledImages(images, np.zeros(3)), None))
    assert needs().dark_border is dark


@pytest.mark.parametrize(("mean", "dark"), [(0.29, True), (0.6, False)])
def test_without_the_training_images_their_mean_decides(mean, dark):
    assert needs(mean=mean).dark_border is dark


def test_networks_of_one_kind_of_data_need_the_same():
    digits = data_set("mnist").facts.classes
    both = named(needs("mnist", classes=digits), needs("mnist5k", classes=digits))
    assert common_needs(both).record.data == "mnist"
    assert common_needs(named(needs("photos", mean=0.2), needs("sketches", mean=0.3))).record.data == "photos"


@pytest.mark.parametrize(
    "other",
    [
        {"shape": (3, 28, 28)},
        {"shape": (1, 32, 32)},
        {"classes": VEHICLES[::-1]},
        {"data": "mnist"},
        {"data": "sketches", "mean": 0.7},
    ],
    ids=str,
)
def test_networks_that_need_different_images_are_named_in_one_line(other):
    with pytest.raises(UserError, match=r"^These networks cannot predict the same images: one takes grey images of 28"):
        common_needs(named(needs(), needs(**other)))
