"""A function of one number as a table: its values and derivatives at evenly spaced inputs, linear in between."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_exp.playground.numbers import encode


@dataclass(frozen=True)
class Bend:
    """A place between two inputs of a table where the function bends, as relu does at 0."""

    segment: int  # the index of the input before it
    at: float
    value: float


@dataclass(frozen=True)
class EncodedCurve:
    """A table as the page gets it."""

    low: float
    step: float
    values: str
    slopes: str
    bends: list[Bend]


@dataclass(frozen=True)
class Curve:
    """A function as a table; beyond its ends it goes on as a straight line."""

    low: float
    step: float
    values: np.ndarray
    slopes: np.ndarray  # derivatives
    bends: Sequence[Bend] = ()

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """The function's values, in double precision."""
        place = (inputs.astype(np.float64) - self.low) / self.step
        left = np.floor(place).clip(0, len(self.values) - 2).astype(int)
        table = self.values.astype(np.float64)
        interpolated: np.ndarray = table[left] + (place - left) * (table[left + 1] - table[left])
        for bend in self.bends:
            x = self.low + self.step * np.array([bend.segment, bend.segment + 1])
            inside = (inputs >= x[0]) & (inputs < x[1])
            knots = [table[bend.segment], bend.value, table[bend.segment + 1]]
            interpolated = np.where(inside, np.interp(inputs, [x[0], bend.at, x[1]], knots), interpolated)
        return interpolated

    def encoded(self) -> EncodedCurve:
        """As the page gets it."""
        return EncodedCurve(
            self.low, self.step, encode(self.values, "<f4"), encode(self.slopes, "<f4"), list(self.bends)
        )
