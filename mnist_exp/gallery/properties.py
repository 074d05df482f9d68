"""Properties of an activation function, computed from its values and its derivative on a grid. Nothing is typed in."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import bisect, minimize_scalar
from scipy.stats import norm

from mnist_exp.gallery.functions import Function
from mnist_exp.gallery.smoothness import Smoothness, smoothness
from mnist_exp.models.activations import SATURATED, ZERO
from mnist_exp.models.initialisation import mean_square

Array = np.ndarray

# Every 0.005 from −16 to 16; from there to ±8192, which is safe in every precision, 8 points for each doubling.
NEAR, DOUBLINGS = 16.0, 9
_TAIL = NEAR * 2 ** (np.arange(1, 8 * DOUBLINGS + 1) / 8)
GRID = np.concatenate([-_TAIL[::-1], np.linspace(-NEAR, NEAR, 6401), _TAIL])
NORMAL_GRID = np.linspace(-8, 8, 16_000)  # without 0, where many functions have a corner
LARGEST = 1e300  # stands for what is larger than any number
ROUNDING = 1e-12  # relative to a value: what its last digits may be wrong by
BEYOND = 1.0  # within this distance of where it is small, a derivative is zero or fades
SETTLED = 1e-9  # a bound is reached if another doubling of the range changes it by less
SLOWEST = 0.95  # a bound is approached if its changes shrink at each doubling by at least this factor


@dataclass(frozen=True)
class Properties:
    """What the shape of a function says. `inf` is a value: there is no bound.

    Args:
        lowest: infimum of the values.
        highest: supremum of the values.
        monotone: never falls, or never rises.
        value_at_zero: f(0).
        lipschitz: supremum of |f'|; without bound if f jumps.
        smoothness: how many derivatives are continuous.
        saturated_below: |f'| is below SATURATED for all x below this; None if for none.
        saturated_above: the same above this.
        saturated_share: for which share of standard normal inputs |f'| is below SATURATED.
        dead_below: f' is zero below this, so that nothing can be learnt; None unless that begins near there.
        dead_above: the same above this.
        gain: 1 / √(E f(z)²) for standard normal z; None if there is none.
    """

    lowest: float
    highest: float
    monotone: bool
    value_at_zero: float
    lipschitz: float
    smoothness: Smoothness
    saturated_below: float | None
    saturated_above: float | None
    saturated_share: float
    dead_below: float | None
    dead_above: float | None
    gain: float | None

    @property
    def zero_at_zero(self) -> bool:
        """Whether f(0) = 0."""
        return abs(self.value_at_zero) < ZERO


def properties(f: Function) -> Properties:
    """Compute all of them."""
    smooth = smoothness(f)
    below, above = _flat_sides(f, SATURATED)
    dead_below, dead_above = _flat_sides(f, ROUNDING)
    return Properties(
        lowest=_rounded(-_supremum(lambda x: -f(x))),
        highest=_supremum(f),
        monotone=_is_monotone(f),
        value_at_zero=_rounded(f(np.zeros(1))[0]),
        lipschitz=math.inf if smooth is Smoothness.JUMPS else _supremum(lambda x: np.abs(f.slope(x))),
        smoothness=smooth,
        saturated_below=below,
        saturated_above=above,
        saturated_share=_saturated_share(f),
        dead_below=_unless_far(dead_below, below),
        dead_above=_unless_far(dead_above, above),
        gain=_gain(f),
    )


def _rounded(value: float) -> float:
    return round(float(value), 6) + 0.0  # no negative zero


def _supremum(g: Callable[[Array], Array]) -> float:
    """The largest value, also if it is only approached far away; `inf` if the largest value keeps growing."""
    values = np.nan_to_num(g(GRID), nan=-LARGEST, posinf=LARGEST, neginf=-LARGEST)
    within = [values[np.abs(GRID) <= NEAR * 2**k * (1 + ROUNDING)].max() for k in range(DOUBLINGS + 1)]
    largest = np.maximum(within, _local_maximum(g, values))
    if largest[-1] >= LARGEST:
        return math.inf
    before, last = np.diff(largest[-3:])
    if not last > SETTLED * max(1, abs(largest[-1])):
        return _rounded(largest[-1])
    ratio = last / before if before > 0 else math.inf
    return math.inf if ratio > SLOWEST else _rounded(largest[-1] + last * ratio / (1 - ratio))


def _local_maximum(g: Callable[[Array], Array], values: Array) -> float:
    """The maximum between the neighbours of the grid's largest value near 0, more exactly than the grid has it."""
    near = np.flatnonzero(np.abs(GRID) <= NEAR)[1:-1]
    top = near[values[near].argmax()]
    bounds = GRID[top - 1], GRID[top + 1]
    found = minimize_scalar(lambda x: -g(np.array([x]))[0], bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return float(-found.fun)


def _is_monotone(f: Function) -> bool:
    values = np.nan_to_num(f(GRID), posinf=LARGEST, neginf=-LARGEST)
    steps, tolerance = np.diff(values), ROUNDING * np.maximum(1, np.abs(values[1:]))
    return bool((steps >= -tolerance).all() or (steps <= tolerance).all())


def _flat_sides(f: Function, threshold: float) -> tuple[float | None, float | None]:
    """Where the flat part on the left ends, and where that on the right begins. A constant is flat below infinity."""
    flat = np.abs(f.slope(GRID)) < threshold
    if flat.all():
        return math.inf, None
    return _edge(f, flat, GRID, threshold), _edge(f, flat[::-1], GRID[::-1], threshold)


def _edge(f: Function, flat: Array, x: Array, threshold: float) -> float | None:
    if not flat[0]:
        return None
    first = int(np.argmin(flat))
    edge = bisect(lambda at: abs(f.slope(np.array([at]))[0]) - threshold, x[first - 1], x[first], xtol=1e-9)
    return _rounded(edge)


def _unless_far(dead: float | None, saturated: float | None) -> float | None:
    """None if a derivative fades for long before rounding makes it zero, as that of the sigmoid does."""
    if dead is None or saturated is None:
        return None
    return dead if dead == saturated or abs(dead - saturated) < BEYOND else None


def _saturated_share(f: Function) -> float:
    density = norm.pdf(NORMAL_GRID)
    return round(float(density[np.abs(f.slope(NORMAL_GRID)) < SATURATED].sum() / density.sum()), 4)


def _gain(f: Function) -> float | None:
    moment = mean_square(f.make())
    return _rounded(1 / math.sqrt(moment)) if 0 < moment < math.inf else None
