"""All random generators continue where they were."""

import random

import numpy as np
import torch

from mnist_exp.training.random_states import random_states, set_random_states

CPU = torch.device("cpu")


def draw():
    drawn = [torch.rand(3).tolist(), torch.randn(3).tolist(), random.random(), random.gauss(0, 1)]
    return [*drawn, np.random.rand(2).tolist(), np.random.standard_normal()]


def test_the_same_numbers_are_drawn_again(tmp_path):
    draw()  # normal numbers come in pairs, of which the second is part of the state
    torch.save(random_states(CPU), tmp_path / "states")
    expected = draw()
    assert draw() != expected
    set_random_states(torch.load(tmp_path / "states", weights_only=True), CPU)
    assert draw() == expected
