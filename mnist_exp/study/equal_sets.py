"""How many pairs of arms can be equal at once, if some pairs are known to be different (Shaffer 1986)."""

from collections.abc import Collection
from functools import cache
from itertools import combinations
from math import comb

MOST_ARMS = 8  # beyond, all sets of equal arms would take too long to go through

Pair = tuple[int, int]


@cache
def most_equal(arms: int, different: frozenset[Pair], pair: Pair, with_control: bool) -> int:
    """The largest number of pairs that can be equal together with `pair`.

    If a = b and b = c, then a = c: arms that are equal form groups, and none of these holds a pair that is different.

    Args:
        arms: how many there are.
        different: pairs (a, b), a < b, that are known to be different.
        pair: one that may be equal.
        with_control: whether arm 0 is compared with the others, and no other pair counts.
    """
    if with_control:
        return arms - 1 - len(different)
    if arms > MOST_ARMS:
        return comb(arms, 2) - len(different)
    rest = tuple(arm for arm in range(arms) if arm not in pair)
    return max(
        comb(len(pair) + size, 2) + _most_equal_pairs(frozenset(rest) - set(others), different)
        for size in range(len(rest) + 1)
        for others in combinations(rest, size)
        if _can_be_equal((*pair, *others), different)
    )


@cache
def _most_equal_pairs(arms: frozenset[int], different: frozenset[Pair]) -> int:
    """The largest number of pairs of these arms that can be equal."""
    if not arms:
        return 0
    first = min(arms)
    rest = sorted(arms - {first})
    return max(
        comb(1 + size, 2) + _most_equal_pairs(arms - {first, *others}, different)
        for size in range(len(rest) + 1)
        for others in combinations(rest, size)
        if _can_be_equal((first, *others), different)
    )


def _can_be_equal(group: Collection[int], different: frozenset[Pair]) -> bool:
    return different.isdisjoint(combinations(sorted(group), 2))
