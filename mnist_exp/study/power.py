"""How many seeds settle a comparison: the tests that are used, on many simulated studies with more seeds."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mnist_exp.study.max_t import equivalence, max_t
from mnist_exp.study.statistics import ALPHA

POWER = 0.8
# The numbers of seeds that are tried. With 5 or fewer the exact test cannot reach the level.
SEEDS_TRIED = (6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 60, 100)
STUDIES, STUDIES_OF_MANY = 200, 100  # the latter with more than MANY pairs, whose tests take longer
MANY = 20
AT_ONCE = 2_000  # pairs of simulated studies: the statistics of more do not fit the processor's cache
PATTERNS = 256  # of signs in each simulated test: enough to tell a p-value below 0.05 from one above
Array = NDArray[np.floating]
Pairs = Sequence[tuple[int, int]]  # of columns


def share_decided(draws: Array, pairs: Pairs, margin: float) -> tuple[Array, Array]:
    """The share of simulated studies in which each pair is called different, and equivalent.

    Args:
        draws: accuracies of the studies, shape (studies, seeds, arms).
        pairs: the pairs that are compared, as columns.
        margin: of equivalence.
    """
    a, b = np.array(pairs).T
    better, equivalent = np.zeros(len(a)), np.zeros(len(a))
    step = -(-AT_ONCE // len(pairs))
    for start in range(0, len(draws), step):
        some = draws[start : start + step]
        differences = some[..., a] - some[..., b]
        better += (max_t(differences, PATTERNS) < ALPHA).sum(axis=0)
        equivalent += (equivalence(differences, margin, PATTERNS) < ALPHA).sum(axis=0)
    return better / len(draws), equivalent / len(draws)


def simulated(means: Array, covariance: Array, studies: int) -> Array:
    """Accuracies of normal arms, shape (studies, seeds, arms); the same numbers in every call."""
    seeds = SEEDS_TRIED[-1]
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    noise = np.random.default_rng(0).standard_normal((studies, seeds, len(means)))
    draws: Array = means + noise @ root.T
    return draws


def seeds_to_decide(
    accuracies: Array, pairs: Pairs, of_interest: Sequence[int], margin: float, beyond: int = 0
) -> list[int | None]:
    """For some pairs: the fewest seeds that decide it, either way, with a probability of 80 %.

    It is assumed that means, spreads and correlations are as they were seen.

    Args:
        accuracies: a row for each seed, a column for each arm; NaN where a run is missing.
        pairs: all pairs that are compared.
        of_interest: the places of the pairs that the answer is wanted for.
        margin: of equivalence.
        beyond: only larger numbers of seeds are tried.

    Returns:
        None for a pair that the largest number tried does not decide, or if the spread is unknown.
    """
    needed: dict[int, int] = {}
    covariance = covariance_of(accuracies)
    if covariance is None:
        return [None] * len(of_interest)
    draws = simulated(np.nanmean(accuracies, axis=0), covariance, _studies(pairs))
    for seeds in SEEDS_TRIED[bisect_right(SEEDS_TRIED, beyond) :]:
        decided = np.maximum(*share_decided(draws[:, :seeds], pairs, margin))
        for pair in of_interest:
            if decided[pair] >= POWER:
                needed.setdefault(pair, seeds)
        if len(needed) == len(of_interest):
            break
    return [needed.get(pair) for pair in of_interest]


def covariance_of(accuracies: Array) -> Array | None:
    """Of the arms, from the seeds that all have; from each arm's own if these are fewer than 3; None if unknown."""
    complete = accuracies[~np.isnan(accuracies).any(axis=1)]
    if len(complete) >= 3:
        covariance: Array = np.cov(complete, rowvar=False)
        return covariance
    if (np.isfinite(accuracies).sum(axis=0) < 3).any():
        return None
    diagonal: Array = np.diag(np.nanvar(accuracies, axis=0, ddof=1))
    return diagonal


def _studies(pairs: Pairs) -> int:
    return STUDIES if len(pairs) <= MANY else STUDIES_OF_MANY


@lru_cache
def seeds_to_show(arms: int, sd: float, margin: float, with_control: bool) -> tuple[int | None, int | None]:
    """The fewest seeds that show a difference of the margin, and those that show that equal arms are equivalent.

    Both with a probability of 80 % for each pair, if the difference of a pair has this sd. In the first case one arm
    differs from all others, which with a control are all equal to it; in the second none does. None if it is more than
    the largest number tried.
    """
    pairs = [(0, b) for b in range(1, arms)] if with_control else [(a, b) for b in range(arms) for a in range(b)]
    covariance = np.eye(arms) * sd**2 / 2
    different = np.array([0.0] * (arms - 1) + [margin])
    last = [index for index, pair in enumerate(pairs) if arms - 1 in pair]
    found: list[int | None] = []
    for means, kind, kept in ((different, 0, last), (np.zeros(arms), 1, list(range(len(pairs))))):
        draws = simulated(means, covariance, _studies(pairs))
        # The power increases with the number of seeds.
        place = bisect_left(
            SEEDS_TRIED, POWER, key=lambda n: share_decided(draws[:, :n], pairs, margin)[kind][kept].mean()
        )
        found.append(SEEDS_TRIED[place] if place < len(SEEDS_TRIED) else None)
    return found[0], found[1]
