"""Convolutional networks: sizes counted by hand."""

import pytest
import torch

from mnist_exp.errors import UserError
from mnist_exp.models.conv import conv_features


def test_the_dense_activation_of_a_cnn_may_differ(network):
    layers = network("model=cnn_deep", "model.dense_activation=sigmoid")
    assert (type(layers.conv3_act).__name__, type(layers.dense1_act).__name__) == ("ReLU", "Sigmoid")


def test_valid_padding_leaves_the_pixels_counted_by_hand(network):
    assert network("model=cnn").dense1.in_features == 5 * 5 * 64
    assert network("model=cnn_deep").dense1.in_features == 3 * 3 * 64


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [2, 3, 4, 5])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
def test_any_kernel_and_padding_fit_together(network, kernel, padding):
    module = network("model=cnn", f"model.kernel={kernel}", f"model.padding={padding}")
    assert module(torch.rand(3, 1, 28, 28)).shape == (3, 10)


def test_too_many_convolutions_are_refused(network):
    with pytest.raises(UserError, match="leaves no pixel after convolution 3: use fewer channels"):
        network("model=cnn", "model.channels=[8,8,8]", "model.kernel=5")


@pytest.mark.parametrize(
    ("channels", "size", "kernel", "padding", "expected"),
    [
        ([1, 8], (28, 28), 3, "valid", 13 * 13 * 8),
        ([3, 8, 16], (32, 20), 5, "same", 8 * 5 * 16),
        ([1, 4, 5], (10, 12), 3, "valid", 1 * 1 * 5),
        ([2], (6, 7), 3, "valid", 6 * 7 * 2),
    ],
)
def test_the_features_after_the_convolutions_are_counted(channels, size, kernel, padding, expected):
    assert conv_features(channels, size, kernel, padding) == expected
