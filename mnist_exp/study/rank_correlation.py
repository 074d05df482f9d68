"""Spearman's rank correlation with a 95 % interval and an exact test."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mnist_exp.study.statistics import LEVEL

PERMUTATIONS = 9_999  # at most; all of them for up to seven pairs


@dataclass(frozen=True)
class RankCorrelation:
    """Of n pairs: the coefficient, the ends of its interval, and the p-value that there is no association."""

    n: int
    rho: float
    low: float
    high: float
    p: float


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> RankCorrelation | None:
    """Of at least four pairs; None if all numbers of x, or of y, are equal. Equal numbers share their mean rank.

    The interval is that of Bonett & Wright 2000: Fisher's z with variance (1 + rho²/2) / (n − 3). The p-value is
    two-sided, from permutations of the pairs.
    """
    if len(set(x)) == 1 or len(set(y)) == 1:
        return None
    ranks = [stats.zscore(stats.rankdata(values)) for values in (x, y)]
    n, rho = len(x), float(np.clip(np.mean(ranks[0] * ranks[1]), -1, 1))
    return RankCorrelation(n, rho, *_interval(rho, n), _p_value(*ranks))


def _interval(rho: float, n: int) -> tuple[float, float]:
    """One end of a perfect correlation is 1. The other is taken from that with two neighbours exchanged."""
    nearly = min(abs(rho), 1 - 12 / (n * (n * n - 1)))
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * math.sqrt((1 + nearly**2 / 2) / (n - 3))
    low, high = math.tanh(math.atanh(nearly) - half), math.tanh(math.atanh(nearly) + half)
    high = 1.0 if nearly < abs(rho) else high
    return (low, high) if rho >= 0 else (-high, -low)


def _p_value(x: np.ndarray, y: np.ndarray) -> float:
    def statistic(permuted: np.ndarray, axis: int = -1) -> np.ndarray:
        products: np.ndarray = (permuted * y).mean(axis=axis)
        return products

    found = stats.permutation_test(
        (x,), statistic, permutation_type="pairings", vectorized=True, n_resamples=PERMUTATIONS, rng=0
    )
    return float(found.pvalue)
