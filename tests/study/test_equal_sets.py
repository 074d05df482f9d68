from collections.abc import Iterator
from itertools import combinations
from math import comb

import numpy as np
import pytest

from mnist_exp.study.equal_sets import MOST_ARMS, most_equal


def partitions(arms: list[int]) -> Iterator[list[list[int]]]:
    """All ways to put arms into groups."""
    if not arms:
        yield []
        return
    for rest in partitions(arms[1:]):
        yield [[arms[0]], *rest]
        for i, group in enumerate(rest):
            yield [*rest[:i], [arms[0], *group], *rest[i + 1 :]]


def equal_pairs(groups):
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def test_without_differences_all_pairs_can_be_equal():
    assert most_equal(6, frozenset(), (2, 4), False) == 15


def test_the_numbers_are_those_of_shaffers_table():
    """Shaffer 1986: of six means, 15 pairs can be equal, after one rejection 10, after enough of them 7, 6, 4, 3, …"""
    one = frozenset({(0, 1)})
    assert max(most_equal(6, one, pair, False) for pair in combinations(range(6), 2) if pair not in one) == 10
    possible = {len(equal_pairs(groups)) for groups in partitions(list(range(6)))}
    assert possible == {0, 1, 2, 3, 4, 6, 7, 10, 15}


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_largest_of_all_partitions(seed):
    generator = np.random.default_rng(seed)
    pairs = list(combinations(range(5), 2))
    different = frozenset(pair for pair in pairs if generator.random() < 0.4)
    for pair in set(pairs) - different:
        sets = [found for groups in partitions(list(range(5))) if pair in (found := equal_pairs(groups))]
        assert most_equal(5, different, pair, False) == max(len(found) for found in sets if not found & different)


def test_with_a_control_each_rejection_leaves_one_less():
    assert most_equal(6, frozenset({(0, 3), (0, 4)}), (0, 1), True) == 3


def test_of_many_arms_all_pairs_that_are_left_count():
    arms = MOST_ARMS + 2
    assert most_equal(arms, frozenset({(0, 1)}), (0, 2), False) == comb(arms, 2) - 1
