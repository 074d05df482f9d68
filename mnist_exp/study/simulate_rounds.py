"""Simulated studies whose seeds are added in rounds: how often a verdict is wrong, and how many runs are saved.

Accuracies are in points. An accuracy is a part that the seed decides, which cancels in the differences, plus the
arm's mean and its own spread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from mnist_exp.study.max_t import equivalence, max_t
from mnist_exp.study.sequential import FEWEST, Estimate, SequentialTest
from mnist_exp.study.spending import Looks, running_means
from mnist_exp.study.statistics import ALPHA

LOOKS = Looks(6, 2, 30)  # those of a sweep on two cores
MARGIN = 0.1
MOST_SEEDS = 60  # that a fixed number of seeds is searched up to
PATTERNS, AT_ONCE = 1_000, 50  # of signs, and studies, in the tests at a fixed number of seeds
EXACT = 1e-9  # differences that differ by less are equal


@dataclass(frozen=True)
class Setting:
    """True mean accuracies of some arms and the spread of each, in points, without what the seed adds to all arms."""

    name: str
    means: Sequence[float]
    spreads: Sequence[float]
    margin: float = MARGIN
    tails: int | None = None  # degrees of freedom of Student's t for single runs; None = normal

    def draw(self, studies: int, seeds: int, generator: np.random.Generator) -> np.ndarray:
        """Accuracies, (studies, arms, seeds)."""
        shape = studies, len(self.means), seeds
        if self.tails is None:
            noise = generator.standard_normal(shape)
        else:
            noise = generator.standard_t(self.tails, shape) / (self.tails / (self.tails - 2)) ** 0.5
        drawn: np.ndarray = np.array(self.means)[:, None] + np.array(self.spreads)[:, None] * noise
        return drawn


def _like_the_grid(name: str, means: Sequence[float], spread_of_differences: float) -> Setting:
    return Setting(name, means, [spread_of_differences / 2**0.5] * len(means))


# Ten seeds of each network of the MNIST grid: sigmoid, tanh, relu, leaky_relu, swish, mish.
GRID = (
    _like_the_grid("cnn", (98.60, 99.04, 99.27, 99.25, 99.33, 99.33), 0.06),
    _like_the_grid("mlp_deep", (97.10, 97.59, 98.06, 98.08, 98.17, 98.19), 0.10),
)
UNREACHED = 0.001  # a margin that no interval fits in, so that pairs are tested to the end
NORMAL = (0.07,) * 6
WIDE = (0.12,) * 6  # with less, a difference of the margin is soon seen to be one; with more, nothing is equivalent
SETTINGS = (
    Setting("6 equal arms", (0,) * 6, NORMAL),
    Setting("6 equal arms, all seeds used", (0,) * 6, NORMAL, UNREACHED),
    Setting("2 equal arms, all seeds used", (0,) * 2, NORMAL[:2], UNREACHED),
    Setting("6 equal arms, spreads as on the grid", (0,) * 6, (0.08, 0.05, 0.04, 0.04, 0.05, 0.06), UNREACHED),
    Setting("6 equal arms, one with 5 times the spread", (0,) * 6, (0.25, *NORMAL[1:]), UNREACHED),
    Setting("3 equal arms far from 3 other equal arms", (0, 0, 0, 1, 1, 1), NORMAL, UNREACHED),
    Setting("6 arms, 0.005 points apart", tuple(0.005 * arm for arm in range(6)), NORMAL, UNREACHED),
    Setting("6 equal arms, tails of t with 4 df", (0,) * 6, NORMAL, UNREACHED, tails=4),
    Setting("2 arms that differ by the margin", (0, MARGIN), WIDE[:2]),
    Setting("3 arms that differ from 3 others by the margin", (0,) * 3 + (MARGIN,) * 3, WIDE),
    Setting("the same, tails of t with 4 df", (0,) * 3 + (MARGIN,) * 3, WIDE, tails=4),
)


class ErrorRow(NamedTuple):
    """The shares of studies in which any pair is wrongly called better, or wrongly equivalent, and the mean runs."""

    setting: str
    studies: int
    wrong_better: float
    wrong_equivalent: float
    runs: float


class Saving(NamedTuple):
    """A share of decided pairs, the fixed number of seeds that decides as many, and the runs that rounds save.

    None if no number up to MOST_SEEDS decides as many.
    """

    share: float
    fixed_seeds: int | None
    saved: float | None


class SavingRow(NamedTuple):
    """The mean number of runs in rounds, against a fixed number: by pairs decided, and by pairs decided correctly."""

    setting: str
    studies: int
    runs: float
    decided: Saving
    correct: Saving


class Outcome(NamedTuple):
    """What rounds lead to in some studies: the kind and the sign of the difference of each pair, and the runs."""

    better: np.ndarray  # (studies, pairs): 1 or -1 where a pair is called better, else 0
    equivalent: np.ndarray
    runs: np.ndarray  # (studies,)


def error_rates(
    studies: int = 2_000, seed: int = 0, looks: Looks = LOOKS, settings: Sequence[Setting] = SETTINGS
) -> list[ErrorRow]:
    """How often rounds lead to a wrong verdict, in studies of which the truth is known."""
    return [_error_row(setting, studies, looks, np.random.default_rng(seed)) for setting in settings]


def _error_row(setting: Setting, studies: int, looks: Looks, generator: np.random.Generator) -> ErrorRow:
    found = simulate(setting.draw(studies, looks.last, generator), looks, setting.margin)
    truth = true_differences(setting)
    wrong_better = (found.better != 0) & (found.better != np.sign(truth))
    wrong_equivalent = found.equivalent & (np.abs(truth) > setting.margin - EXACT)
    better, equivalent = (float(wrong.any(axis=1).mean()) for wrong in (wrong_better, wrong_equivalent))
    return ErrorRow(setting.name, studies, better, equivalent, float(found.runs.mean()))


def true_differences(setting: Setting) -> np.ndarray:
    """The difference of each pair; one that is 0 but for rounding is 0."""
    means = np.array(setting.means)
    first, second = np.triu_indices(len(means), 1)
    difference: np.ndarray = np.round(means[first] - means[second], 9)
    return difference


def simulate(accuracies: np.ndarray, looks: Looks, margin: float, with_control: bool = False) -> Outcome:
    """Add seeds in rounds, in each of some studies, (studies, arms, seeds); the control, if there is one, is arm 0."""
    outcomes = []
    first, second = np.array(SequentialTest(accuracies.shape[1], looks, margin, with_control).pairs).T
    for study in accuracies:
        means, errors = running_means(study[first] - study[second], looks.counts)
        test = SequentialTest(len(study), looks, margin, with_control)
        outcomes.append(_simulate_one(test, means.tolist(), errors.tolist()))
    better, equivalent, runs = (np.array(values) for values in zip(*outcomes, strict=True))
    return Outcome(better, equivalent, runs)


def _simulate_one(
    test: SequentialTest, means: list[list[float]], errors: list[list[float]]
) -> tuple[list[int], list[bool], int]:
    """The outcome of one study from the mean difference of each pair at each look, and its standard error."""
    index = {pair: i for i, pair in enumerate(test.pairs)}
    signs, runs, before = [0] * len(index), 0, 0
    for look, count in enumerate(test.looks.counts):
        runs += (count - before) * len(test.needed())
        before = count
        open_pairs = test.open
        test.look(look + 1, lambda pair: Estimate(count, means[index[pair]][look], errors[index[pair]][look]))  # noqa: B023
        for pair in open_pairs:
            if test.kinds[pair] == "better":
                signs[index[pair]] = 1 if means[index[pair]][look] > 0 else -1
        if not test.open:
            break
    return signs, [test.kinds[pair] == "equivalent" for pair in test.pairs], runs


def runs_saved(
    studies: int = 400, seed: int = 0, looks: Looks = LOOKS, settings: Sequence[Setting] = GRID
) -> list[SavingRow]:
    """Rounds against a fixed number of seeds that decides as many pairs.

    A row for each setting, and one for a sweep over all of them, which has one fixed number.
    """
    draws = [setting.draw(studies, MOST_SEEDS, np.random.default_rng(seed)) for setting in settings]
    in_rounds = [
        simulate(draw[:, :, : looks.last], looks, one.margin) for draw, one in zip(draws, settings, strict=True)
    ]

    @cache
    def fixed(number: int, seeds: int) -> Outcome:
        return _fixed(draws[number][:, :, :seeds], settings[number].margin)

    def saving(numbers: Sequence[int], share_of: Callable[[Outcome, Setting], float]) -> Saving:
        def share(outcome: Callable[[int], Outcome]) -> float:
            return float(np.mean([share_of(outcome(i), settings[i]) for i in numbers]))

        reached = share(lambda i: in_rounds[i])
        seeds = _fewest(lambda seeds: share(lambda i: fixed(i, seeds)) >= reached)
        if seeds is None:
            return Saving(reached, None, None)
        runs = sum(float(in_rounds[i].runs.mean()) for i in numbers)
        return Saving(reached, seeds, 1 - runs / (seeds * sum(len(settings[i].means) for i in numbers)))

    def row(name: str, numbers: Sequence[int]) -> SavingRow:
        runs = sum(float(in_rounds[i].runs.mean()) for i in numbers)
        return SavingRow(name, studies, runs, saving(numbers, _share_decided), saving(numbers, _share_correct))

    both = " and ".join(setting.name for setting in settings) + " in one sweep"
    return [*(row(one.name, [i]) for i, one in enumerate(settings)), row(both, range(len(settings)))]


def _fewest(enough: Callable[[int], bool]) -> int | None:
    """The fewest seeds that are enough, if more of them always are; None if MOST_SEEDS are not."""
    low, high = FEWEST, MOST_SEEDS + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high if high <= MOST_SEEDS else None


def _fixed(accuracies: np.ndarray, margin: float) -> Outcome:
    """The verdicts of the project's tests for a fixed number of seeds."""
    studies, arms, seeds = accuracies.shape
    first, second = np.triu_indices(arms, 1)
    signs, equivalent = [], []
    for start in range(0, studies, AT_ONCE):
        some = accuracies[start : start + AT_ONCE]
        differences = (some[:, first] - some[:, second]).swapaxes(1, 2)
        different = max_t(differences, PATTERNS) < ALPHA
        signs.append(np.sign(differences.mean(axis=1)) * different)
        equivalent.append((equivalence(differences, margin, PATTERNS) < ALPHA) & ~different)
    return Outcome(np.concatenate(signs), np.concatenate(equivalent), np.full(studies, arms * seeds))


def _share_decided(found: Outcome, _: Setting) -> float:
    """The share of pairs that are called better or equivalent, right or wrong."""
    return float(((found.better != 0) | found.equivalent).mean())


def _share_correct(found: Outcome, setting: Setting) -> float:
    """The share of pairs that are called better in the true direction, or equivalent where they are."""
    truth = true_differences(setting)
    better = (found.better == np.sign(truth)) & (found.better != 0)
    equivalent = found.equivalent & (np.abs(truth) < setting.margin - EXACT)
    return float((better | equivalent).mean())
