"""Pairs of activations compared again after every round of seeds, valid however often the results are looked at.

Two questions are asked of each pair: is one better, and are they equivalent within the margin? With probability 95 % no
pair is wrongly called better, and with 95 % none wrongly equivalent, over all pairs and looks together. The error is
spent look by look (spending.py). At each look it is divided by the number of pairs for which the question is open, as
Holm's method does, and of these only as many count as can be equal at once (equal_sets.py). So an arm may be dropped,
and the study may stop, at any look. Each test is a paired t-test with the spread of its own pair.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

from mnist_exp.study.equal_sets import Pair, most_equal
from mnist_exp.study.spending import Looks, thresholds
from mnist_exp.study.statistics import ALPHA

FEWEST = 3  # common seeds; two give no usable spread

Kind = Literal["better", "equivalent", "open", "not comparable"]
Accuracies = Mapping[str, Mapping[int, float | None]]  # arm → seed → accuracy, None for a run without a result


@dataclass(frozen=True)
class Decision:
    """What is known of the accuracy of arm `a` minus that of `b`, at the look that decided the pair or at the latest.

    `low` and `high` are the ends of the interval that was compared with 0 and the margin. They are None, as the
    difference is, where there are too few common seeds. `look` counts from 1; it is 0 before the first.
    """

    a: str
    b: str
    kind: Kind = "open"
    n: int = 0
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    look: int = 0


@dataclass(frozen=True)
class Decisions:
    """All pairs after the looks that are complete, and what the next look needs.

    Attributes:
        pairs: every pair, or every pair with the control.
        look: how many looks are complete.
        seeds_of: how many seeds of each arm are needed so far, those of the next look included.
        arms: the arms that the next look needs; none if all is decided or the last look is complete.
        seeds: the seeds that the next look adds.
    """

    pairs: tuple[Decision, ...]
    look: int
    seeds_of: Mapping[str, int]
    arms: tuple[str, ...] = ()
    seeds: range = range(0)

    @property
    def open(self) -> tuple[Decision, ...]:
        """The pairs that are not decided."""
        return tuple(pair for pair in self.pairs if pair.kind == "open")


class Estimate(NamedTuple):
    """A mean difference over n common seeds, and its standard error; both NaN for too few."""

    n: int
    mean: float
    error: float


class SequentialTest:
    """The pairs of so many arms, by number, while looks go on. With a control, arm 0 is compared with the others."""

    def __init__(self, arms: int, looks: Looks, margin: float, with_control: bool) -> None:
        self.arms, self.looks, self.margin, self.with_control = arms, looks, margin, with_control
        self.pairs = [pair for pair in combinations(range(arms), 2) if 0 in pair or not with_control]
        self.kinds: dict[Pair, Kind] = dict.fromkeys(self.pairs, "open")
        self.half_widths: dict[Pair, float] = {}  # of the intervals at the latest look of each pair
        self._different: set[Pair] = set()  # pairs whose hypothesis of no difference is rejected
        self._close: set[Pair] = set()  # likewise of a difference as large as the margin

    @property
    def open(self) -> list[Pair]:
        """The pairs that are not decided."""
        return [pair for pair in self.pairs if self.kinds[pair] == "open"]

    def needed(self) -> set[int]:
        """The arms of open pairs."""
        return {arm for pair in self.open for arm in pair}

    def look(self, number: int, estimate: Callable[[Pair], Estimate]) -> None:
        """Decide what can be decided at look `number`, from 1; `estimate` is called for each open pair."""
        estimates = {pair: estimate(pair) for pair in self.open}
        self.kinds |= {pair: "not comparable" for pair, found in estimates.items() if found.n < FEWEST}
        estimates = {pair: found for pair, found in estimates.items() if found.n >= FEWEST}
        # A rejection leaves fewer pairs to share the error, so that further ones may follow at the same look.
        while new := {pair for pair, found in estimates.items() if self._is_different(pair, number, found)}:
            self._different |= new
        while new := {pair for pair, found in estimates.items() if self._is_close(pair, number, found)}:
            self._close |= new
        for pair, found in estimates.items():
            better, close = self._half_better(pair, number, found), self._half_equivalent(pair, number, found)
            if pair in self._different:
                self.kinds[pair], self.half_widths[pair] = "better", better
            elif pair in self._close:
                self.kinds[pair], self.half_widths[pair] = "equivalent", close
            else:
                self.half_widths[pair] = max(better, close)

    def _is_different(self, pair: Pair, number: int, found: Estimate) -> bool:
        return pair not in self._different and abs(found.mean) > self._half_better(pair, number, found)

    def _is_close(self, pair: Pair, number: int, found: Estimate) -> bool:
        half = self._half_equivalent(pair, number, found)
        return pair not in self._close and abs(found.mean) + half < self.margin

    def _half_better(self, pair: Pair, number: int, found: Estimate) -> float:
        sharing = most_equal(self.arms, frozenset(self._different - {pair}), pair, self.with_control)
        return self._half_width(ALPHA / sharing, number, found)

    def _half_equivalent(self, pair: Pair, number: int, found: Estimate) -> float:
        # Two one-sided tests, only one of which can be wrong.
        sharing = len(self.pairs) - len(self._close - {pair})
        return self._half_width(2 * ALPHA / sharing, number, found)

    def _half_width(self, error: float, number: int, found: Estimate) -> float:
        level = thresholds(self.looks, error)[number - 1]
        return _critical_value(level, found.n - 1) * found.error


@cache
def _critical_value(level: float, df: int) -> float:
    return float(stats.t.isf(level / 2, df))


def decide(accuracies: Accuracies, looks: Looks, margin: float, control: str | None, resolution: float) -> Decisions:
    """Decide every pair at the first look that allows it: better, equivalent within the margin, or open.

    A look counts when every arm that is still needed has ended at all its seeds. An arm is needed as long as one of its
    pairs is open. Where there are no pairs, all arms are needed for the first look only.

    Args:
        accuracies: accuracies[arm][seed], as fractions; None for a run that ended without a result. Seeds begin at 0.
        looks: when the results are looked at.
        margin: two arms are equivalent if they differ by less than this fraction.
        control: the arm that the others are compared with, None for all pairs.
        resolution: the smallest step of an accuracy, 1 / number of test images. Differences that happen to be equal
            are not taken as more certain than that.
    """
    names = sorted(accuracies, key=lambda name: name != control)  # the control is number 0
    # A pair is in the order of the arms, but the control comes last.
    places = {name: (name == control, i) for i, name in enumerate(accuracies)}
    test = SequentialTest(len(names) if control in (None, *names) else 0, looks, margin, control is not None)
    found: dict[Pair, Decision] = {}
    for pair in test.pairs:
        a, b = sorted((names[arm] for arm in pair), key=places.__getitem__)
        found[pair] = Decision(a, b)
    seeds_of, before = dict.fromkeys(accuracies, 0), 0
    for number, count in enumerate(looks.counts, start=1):
        needed = [name for i, name in enumerate(names) if number == 1 or i in test.needed()]
        seeds_of |= dict.fromkeys(needed, count)
        if not needed or any(seed not in accuracies[name] for name in needed for seed in range(count)):
            seeds = range(before, count) if needed else range(0)
            return Decisions(tuple(found.values()), number - 1, seeds_of, tuple(needed), seeds)
        estimates = {pair: _estimate(accuracies, found[pair], count, resolution) for pair in test.open}
        test.look(number, estimates.__getitem__)
        found |= {pair: _decision(found[pair], test, pair, estimates[pair], number) for pair in estimates}
        before = count
    return Decisions(tuple(found.values()), len(looks.counts), seeds_of)


def _estimate(accuracies: Accuracies, pair: Decision, count: int, resolution: float) -> Estimate:
    both = ((accuracies[pair.a][seed], accuracies[pair.b][seed]) for seed in range(count))
    differences = np.array([a - b for a, b in both if a is not None and b is not None])
    n = len(differences)
    if n < FEWEST:
        return Estimate(n, math.nan, math.nan)
    sd = max(float(differences.std(ddof=1)), resolution)
    return Estimate(n, float(differences.mean()), sd / n**0.5)


def _decision(before: Decision, test: SequentialTest, pair: Pair, found: Estimate, look: int) -> Decision:
    kind = test.kinds[pair]
    if found.n < FEWEST:
        return replace(before, kind=kind, n=found.n, difference=None, low=None, high=None, look=look)
    half = test.half_widths[pair]
    return Decision(before.a, before.b, kind, found.n, found.mean, found.mean - half, found.mean + half, look)
