"""Tests of many pairs at once by sign flips that all pairs share: the step-down max-T procedure of Westfall and Young.

Seeds are independent, and if two activations are equally good, the difference between them at a seed is as likely to
have the other sign. So the signs of the differences are flipped, a seed at a time and for all pairs together, and each
pair's statistic is compared with the largest statistic of any pair under these flips. Because pairs share their seeds
and activations, this corrects for fewer than all pairs where pairs say the same thing. The probability of any wrong
verdict is at most the level if the differences of all pairs together are symmetric. That holds for normal accuracies,
and for any that are symmetric around their mean. An activation with a few very bad seeds breaks it: see simulate.py.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mnist_exp.study.statistics import ROUNDING

EXACT_UP_TO = 16  # seeds: all patterns of signs are counted, beyond that as many are drawn
MOST_PATTERNS = 2**EXACT_UP_TO
BLOCK = 2**12  # patterns that are multiplied at once
Array = NDArray[np.floating]


def smallest_p(seeds: int) -> float:
    """The smallest p-value of a two-sided test by sign flips, for any number of pairs."""
    return 2.0 ** (1 - min(seeds, EXACT_UP_TO))


def fewest_seeds(alpha: float) -> int:
    """The fewest seeds with which a p-value can be at most alpha."""
    return next(n for n in range(1, EXACT_UP_TO + 1) if smallest_p(n) <= alpha)


def max_t(differences: Array, most: int = MOST_PATTERNS) -> Array:
    """Two-sided p-values, adjusted for all pairs, of the hypotheses that the differences of a pair are around 0.

    Args:
        differences: a row for each seed, a column for each pair; NaN where a pair lacks a seed. Further dimensions
            before these are studies of their own.
        most: how many patterns of signs are used at most.
    """
    return _step_down(differences, most, two_sided=True)


def equivalence(differences: Array, margin: float, most: int = MOST_PATTERNS) -> Array:
    """P-values, adjusted for all pairs, of two one-sided tests each: that a pair differs by the margin or more."""
    pairs = differences.shape[-1]
    both = np.concatenate([margin - differences, margin + differences], axis=-1)
    p_values = _step_down(both, most, two_sided=False)
    return np.maximum(p_values[..., :pairs], p_values[..., pairs:])


def _step_down(differences: Array, most: int, two_sided: bool) -> Array:
    """Adjusted p-values of each pair.

    The statistic of a pair is the sum of its differences over the root of the sum of their squares, with which
    Student's t increases. Flips change only the sum. From the largest observed statistic to the smallest, the p-value
    is the share of patterns in which the largest of it and all smaller ones is at least as large, and never less than
    that of the one before.
    """
    present = np.nan_to_num(differences)
    norms = np.sqrt((present**2).sum(axis=-2, keepdims=True))
    scaled = np.divide(present, norms, out=np.zeros_like(present), where=norms > 0)
    signs = patterns(present.shape[-2], most)

    def statistics(first: int, after: int) -> Array:
        sums: Array = signs[first:after].astype(float) @ scaled
        return np.abs(sums, out=sums) if two_sided else sums

    observed = statistics(0, 1)
    order = np.argsort(-observed, axis=-1, kind="stable")
    bounds = np.take_along_axis(observed, order, axis=-1) - ROUNDING
    scaled = np.take_along_axis(scaled, order, axis=-1)  # sorted once, here: there are far more patterns than seeds
    counts = np.zeros(bounds[..., 0, :].shape)
    for first in range(0, len(signs), BLOCK):
        ordered = statistics(first, first + BLOCK)
        largest = np.maximum.accumulate(ordered[..., ::-1], axis=-1)[..., ::-1]
        counts += (largest >= bounds).sum(axis=-2)
    p_values: Array = np.empty_like(counts)
    np.put_along_axis(p_values, order[..., 0, :], np.maximum.accumulate(counts / len(signs), axis=-1), axis=-1)
    return p_values


@cache
def patterns(seeds: int, most: int = MOST_PATTERNS) -> NDArray[np.int8]:
    """Patterns of signs, a row each: all if they are not more than `most`, else as many drawn ones.

    The first one has no minus.
    """
    if 2**seeds <= most:
        minus = ((np.arange(2**seeds)[:, None] >> np.arange(seeds)) & 1).astype(np.int8)
    else:
        minus = np.random.default_rng(0).integers(0, 2, (most, seeds), dtype=np.int8)
        minus[0] = 0
    signs: NDArray[np.int8] = 1 - 2 * minus
    return signs
