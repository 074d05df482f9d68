"""What the probes show, as a sentence: the two activations that differ most in a layer, if their difference is clear.

A difference is clear if it is large enough and the ranges of the seeds do not overlap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mnist_exp.study.cells import count_range

if TYPE_CHECKING:
    from mnist_exp.study.inside import LayerValue

LEAST_FACTOR = 2.0  # between two gradients
LEAST_POINTS = 1.0  # between two shares in percent


class Extremes(NamedTuple):
    """The smallest and the largest mean of a group of values."""

    smallest: LayerValue
    largest: LayerValue

    @property
    def factor(self) -> float:
        low, high = self.smallest.mean, self.largest.mean
        return high / low if low else math.inf if high else 1.0

    @property
    def points(self) -> float:
        return self.largest.mean - self.smallest.mean

    @property
    def apart(self) -> bool:
        """Whether every seed of one is below every seed of the other."""
        return self.smallest.high < self.largest.low

    @property
    def n(self) -> str:
        return f"(n = {count_range([self.smallest.n, self.largest.n])})"


def compare_gradients(values: Sequence[LayerValue]) -> str:
    """The layer in which the gradients of two activations differ by the largest factor.

    If no network has several activations, two layers are compared instead.
    """
    between_arms = _extremes(values, lambda value: (value.network, value.layer))
    between_layers = _extremes(values, lambda value: (value.network, value.arm))
    groups = between_arms or between_layers
    if not groups:
        return "There is one gradient only: nothing to compare."
    compared = "activations" if between_arms else "layers"
    clear = [pair for pair in groups if pair.apart and pair.factor >= LEAST_FACTOR]
    if not clear:
        return _no_clear_gradient(max(pair.factor for pair in groups), compared)
    pair = max(clear, key=lambda pair: pair.factor)
    other = f"with {pair.largest.arm}" if between_arms else f"in {pair.largest.layer}"
    subject = f"{pair.smallest.arm}: the gradient in {_place(pair.smallest, values)} is"
    if pair.smallest.mean == 0:
        return f"{subject} zero at the first step, but not {other} {pair.n}."
    return f"{subject} {_format_factor(pair.factor)} times smaller than {other} at the first step {pair.n}."


def _no_clear_gradient(factor: float, compared: str) -> str:
    if factor < LEAST_FACTOR:
        return f"At the first step the gradients of the {compared} differ by less than a factor of {LEAST_FACTOR:g}."
    return f"At the first step the gradients differ as much between seeds as between {compared}."


def compare_shares(values: Sequence[LayerValue], things: str, state: str) -> str:
    """The layer in which two activations differ by the most points.

    Args:
        values: in percent, at the end of the training.
        things: what is counted: units
        state: what they are: dead
    """
    most = max(values, key=lambda value: value.mean)
    if most.mean == 0:
        return f"No activation has {state} {things.rpartition(' ')[2]} at the end."
    pairs = _extremes(values, lambda value: (value.network, value.layer))
    clear = [pair for pair in pairs if pair.apart and pair.points >= LEAST_POINTS]
    if clear:
        pair = max(clear, key=lambda pair: pair.points)
        share, place = _format_share(pair.largest.mean), _place(pair.largest, values)
        other = _format_share(pair.smallest.mean)
        return (
            f"{pair.largest.arm}: {share} of the {things} in {place} are {state} at the end, "
            f"{other} with {pair.smallest.arm} {pair.n}."
        )
    largest = f"{_format_share(most.mean)} of the {things} in {_place(most, values)} are {state} at the end"
    if not pairs:
        return f"{most.arm}: {largest} (n = {most.n}). No other layer has more."
    if max(pair.points for pair in pairs) < LEAST_POINTS:
        return f"The activations differ by less than {LEAST_POINTS:g} point. At most, with {most.arm}, {largest}."
    return f"The seeds differ as much as the activations. At most, with {most.arm}, {largest}."


def _extremes(values: Sequence[LayerValue], key: Callable[[LayerValue], tuple[str, str]]) -> list[Extremes]:
    """Of each group of at least two values."""
    groups: dict[tuple[str, str], list[LayerValue]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return [
        Extremes(min(group, key=lambda value: value.mean), max(group, key=lambda value: value.mean))
        for group in groups.values()
        if len(group) > 1
    ]


def _place(value: LayerValue, values: Sequence[LayerValue]) -> str:
    """The layer, with its network if there are several."""
    return value.layer + (f" of {value.network}" if len({other.network for other in values}) > 1 else "")


def _format_factor(factor: float) -> str:
    if factor < 10:
        return f"{factor:.1f}"
    if factor >= 1e6:
        return "more than a million"
    return f"{float(f'{factor:.2g}'):,.0f}"


def _format_share(percent: float) -> str:
    if percent == 0:
        return "none"
    if percent < 0.1:
        return "less than 0.1 %"
    return f"{percent:.1f} %" if percent < 9.95 or 99 < percent < 100 else f"{percent:.0f} %"
