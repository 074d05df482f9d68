"""Statistics of ranks within blocks: Friedman's test, Nemenyi's critical difference, how stable the ranks are."""

from collections.abc import Sequence
from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from scipy import stats

DECIMALS = 9  # accuracies that are equal after rounding share a rank
RESAMPLES = 2_000  # of the seeds
PERMUTATIONS = 9_999  # of the ranks within blocks; fewer if there are fewer


class Friedman(NamedTuple):
    """Friedman's test: do the arms' mean ranks differ by more than chance?"""

    chi2: float
    p: float


def ranks(accuracies: np.ndarray) -> np.ndarray:
    """The ranks along the last axis: 1 for the highest value; equal values share the mean of their ranks."""
    ranked: np.ndarray = stats.rankdata(-np.round(accuracies, DECIMALS), axis=-1)
    return ranked


def friedman(ranked: np.ndarray) -> Friedman | None:
    """Friedman's test of ranks (blocks, arms); None for fewer than three arms.

    The statistic is corrected for ties. Its chi-squared distribution is a poor approximation for few blocks, so the
    p-value comes from permutations of the ranks within the blocks: from all of them if these are at most 9,999.
    """
    if ranked.shape[1] < 3:
        return None
    if not np.ptp(ranked, axis=1).any():
        return Friedman(0.0, 1.0)  # all arms are tied in all blocks: scipy divides by zero

    def sum_of_squares(*arms: np.ndarray, axis: int = -1) -> np.ndarray:
        """Increases with Friedman's statistic, and is cheaper."""
        squares: np.ndarray = np.square([arm.sum(axis) for arm in arms]).sum(0)
        return squares

    arms = tuple(ranked.T)
    permuted = stats.permutation_test(
        arms, sum_of_squares, permutation_type="samples", alternative="greater", n_resamples=PERMUTATIONS, rng=0
    )
    return Friedman(float(stats.friedmanchisquare(*arms).statistic), float(permuted.pvalue))


def critical_difference(arms: int, blocks: int, alpha: float) -> float:
    """Nemenyi's: two arms whose mean ranks differ by at least this much differ significantly."""
    q = float(stats.studentized_range.ppf(1 - alpha, arms, inf)) / sqrt(2)
    return q * sqrt(arms * (arms + 1) / (6 * blocks))


def groups_without_difference(mean_ranks: Sequence[float], difference: float) -> list[tuple[int, int]]:
    """The longest rows of neighbours whose mean ranks, in ascending order, all differ by less than this.

    Each is given by the positions of its first and last arm; an arm alone is no group.
    """
    values = np.asarray(mean_ranks)
    ends = [int(np.flatnonzero(values - first < difference)[-1]) for first in values]
    return [(i, end) for i, end in enumerate(ends) if end > i and (i == 0 or end > ends[i - 1])]


def shares_of_wins(blocks: Sequence[np.ndarray]) -> np.ndarray | None:
    """How often each arm has the best mean rank when the seeds of every block are drawn anew, with replacement.

    All arms of a block get the same seeds. Arms that share the best mean rank share the win.

    Args:
        blocks: of each block the accuracies (arms, seeds).

    Returns:
        A share for each arm. None if a block has a single seed, which cannot be drawn differently.
    """
    if any(block.shape[1] < 2 for block in blocks):
        return None
    rng, total = np.random.default_rng(0), np.zeros((RESAMPLES, len(blocks[0])))
    for block in blocks:
        seeds = block.shape[1]
        drawn = rng.multinomial(seeds, np.full(seeds, 1 / seeds), RESAMPLES)  # how often each seed
        total += ranks(drawn @ block.T / seeds)
    best = total == total.min(1, keepdims=True)
    shares: np.ndarray = (best / best.sum(1, keepdims=True)).mean(0)
    return shares
