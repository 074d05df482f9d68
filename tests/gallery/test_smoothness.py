from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mnist_exp.gallery.smoothness import Smoothness, smoothness

CORNER = 0.7


@dataclass
class Given:
    """A function with its derivative."""

    value: Any
    slope: Any

    def __call__(self, x):
        return self.value(x)


def power(n, size):
    """sin x, and to the right of a corner also size·(x − corner)ⁿ: n − 1 continuous derivatives."""

    def value(x):
        return np.sin(x) + size * np.where(x > CORNER, np.maximum(x - CORNER, 0) ** n, 0)

    def slope(x):
        return np.cos(x) + size * np.where(x > CORNER, n * np.maximum(x - CORNER, 0) ** max(n - 1, 0), 0)

    return Given(value, slope)


@pytest.mark.parametrize("size", [0.01, 1, -30])
@pytest.mark.parametrize(
    ("n", "expected"),
    [(0, Smoothness.JUMPS), (1, Smoothness.C0), (2, Smoothness.C1), (3, Smoothness.C2)],
)
def test_jumps_of_any_size_are_found_and_nothing_else(n, size, expected):
    assert smoothness(power(n, size)) is expected


@pytest.mark.parametrize("steepness", [1, 10, 100])
def test_a_steep_function_is_no_jump(steepness):
    tanh = Given(
        lambda x: np.tanh(steepness * x), lambda x: steepness / np.cosh(np.clip(steepness * x, -300, 300)) ** 2
    )
    assert smoothness(tanh) is Smoothness.C2
