import numpy as np
import torch

from mnist_exp.data.pixels import channels_first


def test_grey_images_get_one_channel():
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert np.array_equal(channels_first(images), images.reshape(2, 1, 3, 4))


def test_colour_images_are_permuted_as_torch_does():
    images = np.arange(72, dtype=np.uint8).reshape(2, 3, 4, 3)
    assert np.array_equal(channels_first(images), torch.from_numpy(images).permute(0, 3, 1, 2).numpy())
    assert channels_first(images).flags.c_contiguous
