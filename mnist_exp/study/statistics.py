"""Confidence intervals, paired tests, and Holm's correction for several tests."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special, stats

LEVEL = 0.95
ALPHA = 0.05
ROUNDING = 1e-9  # sums of accuracies that differ by less are taken as equal


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


def difference_interval(values: Sequence[float]) -> Interval:
    """The same of differences between accuracies, given as fractions. It never passes -1 or 1."""
    found = interval(values)
    return found._replace(low=in_range(found.low), high=in_range(found.high))


def in_range(difference: float | None) -> float | None:
    """The end of an interval of a difference between accuracies, which lies in [-1, 1]."""
    return None if difference is None else max(-1.0, min(difference, 1.0))


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


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment: the k-th smallest of m p-values times m - k + 1, never decreasing, at most 1."""
    m, adjusted, worst = len(p_values), [0.0] * len(p_values), 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        worst = max(worst, min(1.0, (m - rank) * p_values[index]))
        adjusted[index] = worst
    return adjusted


class PairedT(NamedTuple):
    """The mean of paired differences with its standard error, which assume that they are normal."""

    n: int
    mean: float
    error: float

    @property
    def p(self) -> float:
        """Two-sided, that the true mean is 0."""
        return float(2 * stats.t.sf(abs(self.mean) / self.error, self.n - 1))

    def p_equivalent(self, margin: float) -> float:
        """The larger one of two one-sided tests: that the true mean is the margin or more, either way."""
        return float(stats.t.sf((margin - abs(self.mean)) / self.error, self.n - 1))

    @property
    def positive_next(self) -> float:
        """The probability that the difference at a new seed is above 0."""
        return float(stats.t.cdf(self.mean / (self.error * (self.n + 1) ** 0.5), self.n - 1))


def paired_t(differences: Sequence[float], resolution: float) -> PairedT:
    """Of at least two differences between accuracies that are multiples of the resolution.

    The sd counts as no smaller than the resolution, so that a few equal differences prove nothing.
    """
    variance = max(float(np.var(differences, ddof=1)), resolution**2)
    return PairedT(len(differences), float(np.mean(differences)), (variance / len(differences)) ** 0.5)
