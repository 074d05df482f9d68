import math

import pytest
import torch
from torch import nn

from mnist_exp.models.initialisation import initialise


@pytest.mark.parametrize(
    ("name", "sd", "bound"),
    [
        ("glorot", math.sqrt(2 / (400 + 300)), math.sqrt(6 / (400 + 300))),
        ("he", math.sqrt(2 / 400), math.inf),
        ("lecun", math.sqrt(1 / 400), math.inf),
    ],
)
def test_weights_have_the_published_spread_and_biases_are_zero(name, sd, bound):
    torch.manual_seed(0)
    layer = nn.Linear(400, 300)
    initialise(nn.Sequential(layer), name)
    assert layer.weight.std().item() == pytest.approx(sd, rel=0.01)
    assert layer.weight.abs().max() <= bound
    assert layer.bias.abs().max() == 0


def test_torch_leaves_the_weights_alone():
    layer = nn.Linear(4, 3)
    before = layer.weight.clone()
    initialise(nn.Sequential(layer), "torch")
    assert torch.equal(layer.weight, before)
