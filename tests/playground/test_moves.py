"""Functions that only move numbers are recognised, and no others."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_exp.playground.moves import moved_from
from mnist_exp.playground.recorder import Call

INPUTS = torch.zeros(2, 3, 4, 5)
MOVES = {
    "flatten": lambda x: x.flatten(1),
    "view": lambda x: x.view(len(x), -1),
    "in memory order": lambda x: x.permute(0, 2, 3, 1).flatten(1),
    "slices": lambda x: x[:, 1:, ::2, 3],
    "flip": lambda x: x.flip(2),
    "zeros around": lambda x: F.pad(x, (1, 0, 2, 3)),
    "repeated border": lambda x: F.pad(x, (1, 1, 1, 1), mode="replicate"),
    "pixel shuffle": lambda x: F.pixel_unshuffle(x[..., :4], 2),
    "the same": lambda x: x.contiguous(),
}
OTHERS = {
    "relu": torch.relu,
    "largest": lambda x: F.max_pool2d(x, 2),
    "sorted": lambda x: x.sort(1)[0],
    "doubled": lambda x: 2 * x,
    "negative": lambda x: -x,
    "ones around": lambda x: F.pad(x, (1, 1, 1, 1), value=1),
    "across examples": lambda x: x.flip(0),
    "integers": lambda x: x.long(),
    "no batch": lambda x: x.sum(),
    "error": lambda x: x.reshape(7, 7),
}


def call_of(function) -> Call:
    return Call("", nn.Identity(), "f", (), {}, [-1], INPUTS, INPUTS, function)


def moved(function) -> np.ndarray | None:
    return moved_from(call_of(function))


@pytest.mark.parametrize("name", MOVES)
def test_a_move_is_described_by_the_places_that_numbers_come_from(name):
    images: Tensor = torch.rand(2, 3, 4, 5)
    places = moved(MOVES[name])
    for image, expected in zip(images, MOVES[name](images), strict=True):
        taken = np.where(places < 0, 0, image.flatten().numpy()[places])
        assert np.array_equal(taken, expected.flatten())


@pytest.mark.parametrize("name", OTHERS)
def test_another_function_is_no_move(name):
    assert moved(OTHERS[name]) is None
