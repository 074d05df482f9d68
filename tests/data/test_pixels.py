"""The layout of images for PyTorch."""

import numpy as np
import torch

from mnist_exp.data.pixels import channels_first


def test_grey_images_get_one_channel_without_a_copy():
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    converted = channels_first(images)
    assert converted.shape == (2, 1, 3, 4)
    assert np.shares_memory(converted, images)


def test_every_pixel_of_a_colour_image_keeps_its_place_and_channel():
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    converted = torch.from_numpy(channels_first(images))
    assert converted.is_contiguous()
    assert torch.equal(converted, torch.from_numpy(images).permute(0, 3, 1, 2))
