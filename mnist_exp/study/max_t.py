"""Tests of many pairs at once by sign flips that all pairs share: the step-down max-T procedure of Westfall and Young.

Seeds are independent, and if two activations are equally good, the difference between them at a seed is as likely to
have the other sign. So the signs of the differences are flipped, a seed at a time and for all pairs together, and each
pair's statistic is compared with the largest statistic of any pair under these flips. Because pairs share their seeds
and activations, this corrects for fewer than all pairs where pairs say the same thing. The error rate of the family is
at most the level, whatever the distribution of the differences, as long as it is symmetric.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mnist_exp.study.statistics import EXACT_UP_TO, ROUNDING

MOST_PATTERNS = 2**EXACT_UP_TO
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
    return _step_down(np.abs(_flipped(differences, most)))


def equivalence(differences: Array, margin: float, most: int = MOST_PATTERNS) -> Array:
    """P-values, adjusted for all pairs, of two one-sided tests each: that a pair differs by the margin or more."""
    pairs = differences.shape[-1]
    both = np.concatenate([margin - differences, margin + differences], axis=-1)
    p_values = _step_down(_flipped(both, most))
    return np.maximum(p_values[..., :pairs], p_values[..., pairs:])


def _flipped(differences: Array, most: int) -> Array:
    """The statistic of each pair under each pattern of signs; the observed one comes first.

    It is the sum over the root of the sum of squares, with which Student's t increases. Flips change only the sum.
    """
    present = np.nan_to_num(differences)
    norms = np.sqrt((present**2).sum(axis=-2, keepdims=True))
    scaled = np.divide(present, norms, out=np.zeros_like(present), where=norms > 0)
    statistics: Array = patterns(present.shape[-2], most) @ scaled
    return statistics


@cache
def patterns(seeds: int, most: int = MOST_PATTERNS) -> Array:
    """Patterns of signs, a row each: all if they are not more than `most`, else as many drawn ones.

    The first one has no minus.
    """
    if 2**seeds <= most:
        minus = (np.arange(2**seeds)[:, None] >> np.arange(seeds)) & 1
    else:
        minus = np.random.default_rng(0).integers(0, 2, (most, seeds))
        minus[0] = 0
    signs: Array = 1.0 - 2.0 * minus
    return signs


def _step_down(statistics: Array) -> Array:
    """Adjusted p-values; the first row of the statistics is the observed one.

    From the largest observed statistic to the smallest: the share of patterns in which the largest of it and all
    smaller ones is at least as large, and never less than that of the one before.
    """
    order = np.argsort(-statistics[..., :1, :], axis=-1, kind="stable")
    ordered = np.take_along_axis(statistics, order, axis=-1)
    largest = np.maximum.accumulate(ordered[..., ::-1], axis=-1)[..., ::-1]
    p_values = (largest >= ordered[..., :1, :] - ROUNDING).mean(axis=-2)
    adjusted: Array = np.empty_like(p_values)
    np.put_along_axis(adjusted, order[..., 0, :], np.maximum.accumulate(p_values, axis=-1), axis=-1)
    return adjusted
