"""What the numbers support: intervals, paired exact tests, and the correction for asking often."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

LEVEL = 0.95
EXACT_UP_TO = 16  # pairs: 2^16 sign patterns are enumerated, beyond that as many are drawn


class Interval(NamedTuple):
    """A mean, the sd of single values, and Student's interval for the mean; None where n is too small."""

    n: int
    mean: float
    sd: float | None
    low: float | None
    high: float | None


def interval(values: Sequence[float]) -> Interval:
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return Interval(n, mean, None, None, None)
    sd = float(np.std(values, ddof=1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * sd / n**0.5
    return Interval(n, mean, sd, mean - half, mean + half)


def sign_flip(differences: Sequence[float]) -> float:
    """Two-sided p of the hypothesis that each paired difference might as well have had the other sign.

    Exact up to 16 pairs; beyond, Monte Carlo with a fixed seed. It cannot be below 2 / 2^n.
    """
    pairs = np.asarray(differences, dtype=float)
    if not pairs.any():
        return 1.0  # nothing differs; scipy would divide rounding by rounding
    test = stats.permutation_test(
        (pairs, np.zeros_like(pairs)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=2**EXACT_UP_TO,
        vectorized=True,
        rng=np.random.default_rng(0),
    )
    return float(test.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment: the k-th smallest of m times m - k + 1, never falling, at most 1."""
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
