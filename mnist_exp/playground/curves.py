"""Activations as tables. Whether one is a function of the number at the same place alone is tried out, not assumed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil, floor, log2

import numpy as np
import torch
from torch import Tensor

from mnist_exp.models.activations import derivative
from mnist_exp.playground.recorder import Call
from mnist_exp.playground.tables import Bend, Curve

TOLERANCE = 1e-4  # the largest error between two inputs of a table
GOAL = 1e-5  # tables are refined until the error is below this or the table is full
COARSEST, LARGEST_TABLE = 1 / 8, 2**16
MOST_BENDS = 16  # of one table; where more places are not exact, it is refined
SMALLEST_RANGE = 8.0  # a table covers -8 to 8 at least
WIDENED = 0.25  # by so much of the range of the inputs, on both sides
MOST_BYTES = 500_000  # of the curves of one activation with a curve per channel
ELEMENTS = 2**21  # numbers that are computed at once
FINE = 256  # inputs that are tried in a segment with a bend
PLACES = 256  # of a batch that are looked at


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
            if not _is_pointwise(call, self.low, self.high):
                raise call.unsupported("it is not a function of the number at the same place")
            errors = (_errors(call, [curve]).max() for curve in self.curves)
            found = next((i for i, error in enumerate(errors) if error <= TOLERANCE), None)
            return (found, False) if found is not None else self._add_new(call)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            raise call.unsupported("it cannot be applied to other inputs") from error

    def _add_new(self, call: Call) -> tuple[int, bool]:
        step = max(COARSEST, 2.0 ** ceil(log2((self.high - self.low) / (LARGEST_TABLE / 2))))
        while True:
            made = _with_bends(call, self._tables(call, step))
            size = sum(curve.values.nbytes + curve.slopes.nbytes for curve in made)
            if len(made) > 1 and size > MOST_BYTES:
                raise call.unsupported(f"its curves, one for each of {len(made)} channels, are too large")
            error = _errors(call, made).max()
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
    """A function's values in each channel, (inputs, channels); `inputs` has that shape too, or is (inputs,)."""
    channels, places = call.inputs.shape[1], [1] * (call.inputs.dim() - 2)
    rows = inputs if inputs.dim() == 2 else inputs[:, None]
    parts = [
        function(part.expand(-1, channels).reshape(-1, channels, *places).clone()).detach().reshape(-1, channels)
        for part in torch.split(rows, max(1, ELEMENTS // channels))
    ]
    return torch.cat(parts)


def _is_pointwise(call: Call, low: float, high: float) -> bool:
    """Whether each value depends on its channel and the number at the same place alone."""
    generator = np.random.default_rng(0)
    mixed = torch.from_numpy(generator.uniform(low, high, call.inputs.shape)).float()
    values = call.apply(mixed.clone()).detach()
    if values.shape != mixed.shape:
        return False
    numbers, expected = (tensor.movedim(1, -1).reshape(-1, mixed.shape[1])[:PLACES] for tensor in (mixed, values))
    # Each number with other numbers beside it, in the other channels and at the other places.
    order = torch.from_numpy(generator.permuted(np.tile(np.arange(len(numbers)), (mixed.shape[1], 1)), axis=1).T.copy())
    got = _by_channel(call, numbers.gather(0, order), call.apply)
    return torch.allclose(got, expected.gather(0, order), rtol=1e-4, atol=1e-5)


def _errors(call: Call, curves: Sequence[Curve]) -> np.ndarray:
    """The largest error of a curve, or of one per channel, between each two inputs of a table, (segments, channels)."""
    generator = np.random.default_rng(0)
    low, step, steps = curves[0].low, curves[0].step, len(curves[0].values) - 1
    shares = np.full(steps, 0.5), generator.random(steps), generator.random(steps), generator.random(steps)
    worst = _errors_at(call, curves, low + step * (np.arange(steps) + shares[0]))
    for share in shares[1:]:
        worst = np.maximum(worst, _errors_at(call, curves, low + step * (np.arange(steps) + share)))
    for segment in {bend.segment for curve in curves for bend in curve.bends}:
        inside = low + step * (segment + np.arange(FINE) / FINE)
        worst[segment] = np.maximum(worst[segment], _errors_at(call, curves, inside).max(0))
    return worst


def _errors_at(call: Call, curves: Sequence[Curve], inputs: np.ndarray) -> np.ndarray:
    """The errors at some inputs; in units of the value where that is large, because tables hold 32-bit numbers."""
    given = torch.from_numpy(inputs).float()
    expected = _by_channel(call, given, call.apply).double().numpy()
    got = np.stack([curve(given.numpy()) for curve in curves], axis=1)
    errors = np.abs(got - expected) / np.maximum(1, np.abs(expected) * 1e-2)
    return np.where(np.isfinite(errors), errors, np.inf)


def _with_bends(call: Call, curves: list[Curve]) -> list[Curve]:
    """The curves with a bend in each segment that is not exact, if these are few."""
    errors = _errors(call, curves)
    by_curve = (errors.max(1, keepdims=True) if len(curves) == 1 else errors) > GOAL
    if not 0 < by_curve.sum(0).max() <= MOST_BENDS:
        return curves
    return [
        replace(curve, bends=[_bend(call, curve, int(segment), channel) for segment in np.flatnonzero(segments)])
        for channel, (curve, segments) in enumerate(zip(curves, by_curve.T, strict=True))
    ]


def _bend(call: Call, curve: Curve, segment: int, channel: int) -> Bend:
    """Where a function is farthest from the straight line through a segment."""
    left, right = curve.low + curve.step * segment, curve.low + curve.step * (segment + 1)
    line = np.polyfit([0, curve.step], [float(value) for value in curve.values[segment : segment + 2]], 1)
    start, end = left, right
    for _ in range(2):
        inputs = np.linspace(start, end, FINE + 1)[1:-1]
        values = _by_channel(call, torch.from_numpy(inputs).float(), call.apply)[:, channel].numpy()
        best = int(np.abs(values - np.polyval(line, inputs - left)).argmax())
        width = (end - start) / FINE
        start, end = max(left, inputs[best] - width), min(right, inputs[best] + width)
    return Bend(segment, float(inputs[best]), float(values[best]))
