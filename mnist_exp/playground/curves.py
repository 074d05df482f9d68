"""Activation functions as tables: their values and derivatives at evenly spaced inputs, linear in between.

Whether an activation is such a function, of the number at the same place alone, is tried out and not assumed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log2

import numpy as np
import torch
from torch import Tensor

from mnist_exp.models.activations import derivative
from mnist_exp.playground.numbers import encode
from mnist_exp.playground.recorder import Call

TOLERANCE = 1e-4  # the largest error between two inputs of a table
GOAL = 1e-5  # tables are refined until the error is below this or the table is full
COARSEST, LARGEST_TABLE = 1 / 8, 2**17
SMALLEST_RANGE = 8.0  # a table covers -8 to 8 at least
WIDENED = 0.25  # by so much of the range of the inputs, on both sides
MOST_BYTES = 500_000  # of the curves of one activation with a curve per channel
ELEMENTS = 2**21  # numbers that are computed at once


@dataclass(frozen=True)
class EncodedCurve:
    """A table as the page gets it."""

    low: float
    step: float
    values: str
    slopes: str


@dataclass(frozen=True)
class Curve:
    """A function of one number, as a table; beyond its ends it goes on as a straight line."""

    low: float
    step: float
    values: np.ndarray
    slopes: np.ndarray  # derivatives

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """The function's values, in double precision."""
        place = (inputs.astype(np.float64) - self.low) / self.step
        left = np.floor(place).clip(0, len(self.values) - 2).astype(int)
        table = self.values.astype(np.float64)
        interpolated: np.ndarray = table[left] + (place - left) * (table[left + 1] - table[left])
        return interpolated

    def encoded(self) -> EncodedCurve:
        return EncodedCurve(self.low, self.step, encode(self.values, "<f4"), encode(self.slopes, "<f4"))


class Curves:
    """The curves of one network. Activations that are the same function share one."""

    def __init__(self, lowest: float, highest: float) -> None:
        """`lowest` and `highest` are of the inputs that the activations have."""
        margin = WIDENED * (highest - lowest)
        self.low = min(lowest - margin, -SMALLEST_RANGE)
        self.high = max(highest + margin, SMALLEST_RANGE)
        self.curves: list[Curve] = []

    def add(self, call: Call) -> tuple[int, bool]:
        """The index of an activation's curve, and whether that is the first of a curve per channel.

        Raises UnsupportedLayerError if it is not a continuous function of the number at the same place.
        """
        try:
            found = next((i for i, curve in enumerate(self.curves) if _largest_error(call, [curve]) <= TOLERANCE), None)
            return (found, False) if found is not None else self._add_new(call)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            raise call.unsupported("it cannot be applied to other inputs") from error

    def _add_new(self, call: Call) -> tuple[int, bool]:
        if not _is_pointwise(call, self.low, self.high):
            raise call.unsupported("it is not a function of the number at the same place")
        step = max(COARSEST, 2.0 ** ceil(log2((self.high - self.low) / (LARGEST_TABLE / 4))))
        while True:
            made = self._tables(call, step)
            size = sum(curve.values.nbytes + curve.slopes.nbytes for curve in made)
            if len(made) > 1 and size > MOST_BYTES:
                raise call.unsupported(f"its curves, one for each of {len(made)} channels, are too large")
            error = _largest_error(call, made)
            if error <= GOAL or len(made[0].values) > LARGEST_TABLE / 2:
                break
            step /= 2
        if not error <= TOLERANCE:
            raise call.unsupported("it is not continuous")
        self.curves += made
        return len(self.curves) - len(made), len(made) > 1

    def _tables(self, call: Call, step: float) -> list[Curve]:
        """A curve, or one per channel if they differ."""
        first, last = floor(self.low / step), ceil(self.high / step)  # zero is one of the inputs
        inputs = torch.arange(first, last + 1).float() * step
        some = _by_channel(call, inputs[:: max(1, len(inputs) // 256)], call.apply)
        channels = 1 if torch.equal(some, some[:, :1].expand_as(some)) else some.shape[1]
        values = _by_channel(call, inputs, call.apply)[:, :channels].numpy()
        slopes = _by_channel(call, inputs, lambda tensor: derivative(call.apply, tensor))[:, :channels].numpy()
        return [Curve(first * step, step, values[:, i], slopes[:, i]) for i in range(channels)]


def _by_channel(call: Call, inputs: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
    """A function's values in each channel, (inputs, channels)."""
    channels, places = call.inputs.shape[1], [1] * (call.inputs.dim() - 2)
    parts = [
        function(part.reshape(-1, 1, *places).repeat(1, channels, *places)).detach().reshape(len(part), channels)
        for part in torch.split(inputs, max(1, ELEMENTS // channels))
    ]
    return torch.cat(parts)


def _largest_error(call: Call, curves: Sequence[Curve]) -> float:
    """Of an activation's curve, or its curves per channel, at inputs between those of the tables."""
    return max(_errors(call, curves))


def _errors(call: Call, curves: Sequence[Curve]) -> Iterator[float]:
    generator = np.random.default_rng(0)
    low, step, steps = curves[0].low, curves[0].step, len(curves[0].values) - 1
    for place in (np.full(steps, 0.5), generator.random(steps), generator.random(steps), generator.random(steps)):
        inputs = torch.from_numpy(low + step * (np.arange(steps) + place)).float()
        yield _difference(_by_channel(call, inputs, call.apply), inputs[:, None].numpy(), curves)


def _is_pointwise(call: Call, low: float, high: float) -> bool:
    """Whether each value depends on its channel and the number at the same place alone."""
    mixed = torch.from_numpy(np.random.default_rng(0).uniform(low, high, call.inputs.shape)).float()
    values = call.apply(mixed.clone()).detach()
    if values.shape != mixed.shape:
        return False
    numbers, expected = (tensor.movedim(1, -1).reshape(-1, mixed.shape[1])[:256] for tensor in (mixed, values))
    got = torch.stack([_by_channel(call, row, call.apply).diagonal() for row in numbers])
    return torch.allclose(got, expected, rtol=1e-4, atol=1e-5)


def _difference(values: Tensor, inputs: np.ndarray, curves: Sequence[Curve]) -> float:
    """The largest difference from the curves, in units of the value where that is above 1; inf if it has no number."""
    expected = values.double().numpy()
    if len(curves) == 1:
        got = curves[0](inputs)
    else:
        columns = [inputs[:, i if inputs.shape[1] > 1 else 0] for i in range(len(curves))]
        got = np.stack([curve(column) for curve, column in zip(curves, columns, strict=True)], axis=1)
    # A table holds 32-bit numbers, so that large values have large steps.
    error = np.abs(got - expected) / np.maximum(1, np.abs(expected) * 1e-2)
    return float(error.max()) if np.isfinite(error).all() else float("inf")
