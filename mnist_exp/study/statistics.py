"""Confidence intervals, paired exact tests, the correction for several tests, and sample sizes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special, stats

LEVEL = 0.95
ROUNDING = 1e-9  # sums of accuracies that differ by less are taken as equal
MOST_SEEDS = 1_000  # nobody runs more
EXACT_UP_TO = 16  # pairs: 2^16 sign patterns are enumerated, beyond that as many are drawn


class Interval(NamedTuple):
    """A mean, the sd of single values, and an interval for the mean; None for a single value."""

    n: int
    mean: float
    sd: float | None
    low: float | None
    high: float | None

    def in_percent(self) -> "Interval":
        """The same of 100 times the values."""
        mean, sd, low, high = (None if value is None else 100 * value for value in self[1:])
        assert mean is not None
        return Interval(self.n, mean, sd, low, high)


def interval(values: Sequence[float]) -> Interval:
    """The 95 % interval of the mean of at least one value."""
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return Interval(n, mean, None, None, None)
    sd = float(np.std(values, ddof=1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * sd / n**0.5
    return Interval(n, mean, sd, mean - half, mean + half)


def accuracy_interval(values: Sequence[float]) -> Interval:
    """The 95 % interval of the mean of at least one accuracy, given as fractions. It never passes 0 or 1.

    It is Student's interval for the logit of the mean, whose standard error follows from that of the mean by the
    delta method: divided by mean (1 - mean). The ends are transformed back. Values that do not vary are the interval.
    """
    plain = interval(values)
    mean, sd, high = plain.mean, plain.sd, plain.high
    if not sd or high is None or not 0 < mean < 1:
        return plain
    centre, half = special.logit(mean), (high - mean) / (mean * (1 - mean))
    return plain._replace(low=float(special.expit(centre - half)), high=float(special.expit(centre + half)))


def sign_flip(differences: Sequence[float]) -> float:
    """Two-sided p-value under the hypothesis that each paired difference is as likely to have the other sign.

    Up to 16 pairs all sign patterns are counted; beyond that, as many are drawn with a fixed seed. The p-value cannot
    be below 2 / 2^n. (scipy.stats.permutation_test does not count differences as equal that differ by rounding alone,
    so that its p-value is too small.)
    """
    pairs = np.asarray(differences, dtype=float)
    exact = len(pairs) <= EXACT_UP_TO
    if exact:
        patterns = (np.arange(2 ** len(pairs))[:, None] >> np.arange(len(pairs))) & 1
    else:
        patterns = np.random.default_rng(0).integers(0, 2, (2**EXACT_UP_TO, len(pairs)))
    flipped = np.abs((2 * patterns - 1) @ pairs)
    as_extreme = int((flipped >= abs(pairs.sum()) - ROUNDING).sum())
    # The drawn patterns may lack the observed one, so it is added.
    return as_extreme / len(patterns) if exact else (as_extreme + 1) / (len(patterns) + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment: the k-th smallest of m p-values times m - k + 1, never decreasing, at most 1."""
    m, adjusted, worst = len(p_values), [0.0] * len(p_values), 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        worst = max(worst, min(1.0, (m - rank) * p_values[index]))
        adjusted[index] = worst
    return adjusted


def pairs_needed(tests: int, alpha: float = 0.05) -> int:
    """The fewest pairs with which a sign-flip test can reach alpha when Holm corrects for that many tests."""
    n = 1
    while tests * 2 / 2**n > alpha:
        n += 1
    return n


def seeds_to_show(difference: float, sd: float, *, tests: int, alpha: float = 0.05, power: float = 0.8) -> int | None:
    """The fewest pairs that show a true difference of this size with this probability; None if over MOST_SEEDS.

    Computed from the power of the paired t-test at the level of Holm's first step. The sign-flip test has the same
    power except for very few pairs. The result is never below what a sign-flip test needs to reach alpha at all.
    """

    def enough(n: int) -> bool:
        return sd == 0 or _t_test_power(difference / sd, n, alpha / tests) >= power

    low = high = pairs_needed(tests, alpha)
    while not enough(high):
        if high >= MOST_SEEDS:
            return None
        low, high = high, min(2 * high, MOST_SEEDS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _t_test_power(effect: float, n: int, alpha: float) -> float:
    """Power of a two-sided paired t-test: the noncentral t distribution beyond the critical value on one side.

    The other side adds less than alpha / 2, and scipy's value for it is NaN where it is tiny.
    """
    critical, shift = stats.t.ppf(1 - alpha / 2, n - 1), effect * n**0.5
    return float(stats.nct.sf(critical, n - 1, shift))
