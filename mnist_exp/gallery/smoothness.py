"""How smooth a function is, found by looking for jumps of its values, its derivative, and the derivative's slope."""

from collections.abc import Callable
from enum import Enum

import numpy as np

from mnist_exp.gallery.functions import Function

Array = np.ndarray

LIMIT, STEP = 8.0, 0.005
# No corner of a function is at a multiple of 1/π: a point is on one side of it.
START = np.arange(-LIMIT, LIMIT, STEP) + STEP / np.pi
HALVINGS = 20  # an interval is then 5e-9 wide
WIDTH = 1e-6  # of the difference quotients
HALVINGS_OF_QUOTIENTS = 9  # an interval is then 1e-5 wide: a difference quotient is on one side of a jump
SMALLEST = 1e-4  # a smaller jump is not distinguished from rounding
LAST = 4  # a continuous function changes by a 16th after as many halvings, and a jump stays as it is


class Smoothness(Enum):
    """How many derivatives are continuous on [−8, 8]."""

    JUMPS = "not continuous"
    C0 = "C0"
    C1 = "C1"
    C2 = "C2+"

    @property
    def meaning(self) -> str:
        """In words."""
        return MEANINGS[self]


MEANINGS = {
    Smoothness.JUMPS: "the function jumps",
    Smoothness.C0: "continuous, its derivative jumps",
    Smoothness.C1: "its derivative is continuous, the second derivative jumps",
    Smoothness.C2: "at least two continuous derivatives",
}


def smoothness(f: Function) -> Smoothness:
    """Of the function itself, not of its code: of derivatives beyond the second nothing is known."""
    if _jumps(f, HALVINGS):
        return Smoothness.JUMPS
    if _jumps(f.slope, HALVINGS):
        return Smoothness.C0
    if _jumps(lambda x: (f.slope(x + WIDTH) - f.slope(x - WIDTH)) / (2 * WIDTH), HALVINGS_OF_QUOTIENTS):
        return Smoothness.C1
    return Smoothness.C2


def _jumps(g: Callable[[Array], Array], halvings: int) -> bool:
    """Halve every interval of the grid, keep the half in which g changes more, and see whether the change stays."""
    left, right = START[:-1], START[1:]
    at_left, at_right = g(left), g(right)
    changes = []
    for _ in range(halvings):
        middle = (left + right) / 2
        at_middle = g(middle)
        in_left = np.abs(at_middle - at_left) > np.abs(at_right - at_middle)
        left, right = np.where(in_left, left, middle), np.where(in_left, middle, right)
        at_left, at_right = np.where(in_left, at_left, at_middle), np.where(in_left, at_middle, at_right)
        changes.append(np.abs(at_right - at_left))
    return bool(((changes[-1] > SMALLEST) & (changes[-1] > changes[-1 - LAST] / 2)).any())
