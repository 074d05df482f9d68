"""Whole pictures prepared for networks whose training images are no handwriting."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mnist_exp.config.schema import ImageFacts
from mnist_exp.digits.network_input import InputNeeds
from mnist_exp.digits.pictures import prepare_picture
from mnist_exp.errors import UserError
from tests.factories import VEHICLES, record


def needs(channels=1, mean=0.2):
    made = record(data="photos")
    facts = ImageFacts([channels, 8, 12], VEHICLES, mean, 0.3)
    return InputNeeds(replace(made, config=replace(made.config, images=facts)))


def smooth(*shape):
    """Random pixels without fine detail."""
    coarse = np.random.default_rng(0).uniform(0, 255, shape)
    return coarse.repeat(16, 0).repeat(16, 1)


def test_a_colour_picture_is_resized_without_aliasing():
    picture = smooth(4, 6, 3)
    prepared = prepare_picture(picture, needs(3))
    tensor = torch.from_numpy(picture.round()).permute(2, 0, 1)[None]
    expected = F.interpolate(tensor, (8, 12), mode="bicubic", antialias=True, align_corners=False).clamp(0, 255)
    assert np.abs(prepared.pixels - expected[0].permute(1, 2, 0).numpy()).max() <= 1
    assert (prepared.pixels.dtype, prepared.box) == (np.uint8, (0, 0, 96, 64))


@pytest.mark.parametrize(
    ("border", "mean", "inverted"),
    [(250, 0.2, True), (20, 0.2, False), (250, 0.8, False), (20, 0.8, False)],
)
def test_a_grey_picture_is_inverted_if_it_is_light_where_training_images_are_dark(border, mean, inverted):
    picture = np.full((80, 120), border, dtype=float)
    picture[20:60, 30:90] = 128
    pixels = prepare_picture(picture, needs(mean=mean)).pixels
    assert pixels[0, 0] == (255 - border if inverted else border)
    assert abs(int(pixels[4, 6]) - 128) <= 2


def test_a_colour_picture_keeps_its_colours():
    assert (prepare_picture(np.full((80, 120, 3), 250.0), needs(3)).pixels == 250).all()


def test_other_numbers_of_channels_are_refused():
    with pytest.raises(UserError, match="the network takes 2-channel images of 8×12 pixels"):
        prepare_picture(np.zeros((8, 12)), needs(2))
