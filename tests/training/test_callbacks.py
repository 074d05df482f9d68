"""What a run does to a network besides training it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mnist_exp.models.whitened import FITTED_ON
from mnist_exp.training.build import build_classifier
from mnist_exp.training.callbacks import FitWhitening
from tests.factories import colour_data_set, colour_images


@pytest.fixture
def data():
    """As many random images as the layer is fitted on, and as many that must not matter."""
    images = np.random.default_rng(0).integers(0, 256, (2 * FITTED_ON, 28, 28), dtype=np.uint8)
    return SimpleNamespace(train=SimpleNamespace(images=images))


def start_epoch(module, data, epoch: int) -> None:
    FitWhitening(data).on_train_epoch_start(SimpleNamespace(current_epoch=epoch), module)


def test_the_first_epoch_fits_the_layer_to_the_first_standardised_images(plain, data):
    module, expected = (build_classifier(plain("model=cnn_quick", "model.hidden=[8]")) for _ in range(2))
    images = torch.from_numpy(data.train.images[:FITTED_ON]).unsqueeze(1)
    expected.network.white.fit((images / 255 - 0.1307) / 0.3081)
    start_epoch(module, data, 0)
    torch.testing.assert_close(module.network.white.weight, expected.network.white.weight, rtol=1e-3, atol=1e-4)
    before = module.network.white.weight.clone()
    data.train.images[FITTED_ON:] = 0
    start_epoch(module, data, 0)
    assert torch.equal(module.network.white.weight, before)


def test_the_layer_is_fitted_to_colour_images(plain):
    config = replace(plain("model=cnn_quick", "model.hidden=[8]"), images=colour_data_set().facts)
    module, expected = build_classifier(config), build_classifier(config)
    images = colour_images(50).images
    start_epoch(module, SimpleNamespace(train=SimpleNamespace(images=images)), 0)
    expected.network.white.fit((torch.from_numpy(images).permute(0, 3, 1, 2) / 255 - 0.4) / 0.2)
    torch.testing.assert_close(module.network.white.weight, expected.network.white.weight, rtol=1e-3, atol=1e-4)


def test_later_epochs_change_nothing(plain, data):
    module = build_classifier(plain("model=cnn_quick", "model.hidden=[8]"))
    before = module.network.white.weight.clone()
    start_epoch(module, data, 1)
    assert torch.equal(module.network.white.weight, before)


def test_other_networks_are_left_unchanged(plain, data):
    module = build_classifier(plain("model=mlp"))
    before = [weights.clone() for weights in module.parameters()]
    start_epoch(module, data, 0)
    assert all(torch.equal(one, other) for one, other in zip(before, module.parameters(), strict=True))
