"""Where the spread over seeds comes from: the sd of each source of randomness, and the runs that a comparison needs."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import stats

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, ok
from mnist_exp.study.images import CorrectAnswers, components
from mnist_exp.study.power import POWER
from mnist_exp.study.seed_sources import SourceRuns, SourceStudy
from mnist_exp.study.statistics import ALPHA, LEVEL

ALL = "all"
MOST_SEEDS = 1_000  # nobody runs more
TAILS = (1 + LEVEL) / 2, (1 - LEVEL) / 2
CERTAIN = 50.0  # standard errors: beyond that every power is 1, and scipy's values lose their digits


class Limits(NamedTuple):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Spread(NamedTuple):
    """How much the test accuracy varies with one source of randomness, or with all, in points.

    The interval of the sd is that of chi-square, which takes the accuracies as normally distributed. `share` is the
    variance as a fraction of that of the runs in which all sources vary, with the interval of the F distribution.
    """

    source: str
    n: int  # runs that finished
    runs: int  # runs in all
    df: int  # 1 less than n for each seed of the other sources
    sd: Limits | None  # None for fewer than two values
    share: Limits | None


class TrueSpread(NamedTuple):
    """The sd between runs in points: on these test images, and of the accuracy on all images like them."""

    n: int
    on_test_set: float
    on_distribution: Limits


class ArmVariance(NamedTuple):
    """The spread of one arm by source, `ALL` last; the sum of the shares; the spread beyond these test images."""

    cell: Cell
    spreads: list[Spread]
    sum_of_shares: Limits | None
    true_spread: TrueSpread | None


class RunsNeeded(NamedTuple):
    """The runs per arm that show a difference of `margin` points; None for more than MOST_SEEDS."""

    cell_a: Cell
    cell_b: Cell
    n: int  # seeds that both have
    correlation: float | None  # of their accuracies over the seeds
    unpaired: int | None
    paired: int | None


class Variance(NamedTuple):
    """What a study of the sources of variance found."""

    arms: list[ArmVariance]
    needed: list[RunsNeeded]
    margin: float  # the difference that `needed` is about, in points
    unused: int  # runs in which the seeds of several sources differ from the others


def measure(study: SourceStudy, margin: float) -> Variance:
    """The spread of each arm that has runs of any source, and the runs that show a difference of `margin` points."""
    arms = [_measure_arm(arm) for arm in study.arms if arm.by_source]
    return Variance(arms, _pairs_needed(study, margin), margin, study.unused)


def _measure_arm(arm: SourceRuns) -> ArmVariance:
    whole = spread(ALL, [_accuracies(arm.together)], len(arm.together))
    parts = [
        spread(source, [_accuracies(group) for group in groups], sum(map(len, groups)), whole)
        for source, groups in arm.by_source.items()
    ]
    return ArmVariance(arm.cell, [*parts, whole], sum_of_shares(parts, whole), _true_spread(ok(arm.together)))


def _accuracies(runs: Sequence[Record]) -> list[float]:
    """Test accuracies of the runs that finished, in percent."""
    return [100 * run.test_acc for run in ok(runs) if run.test_acc is not None]


def spread(source: str, groups: Sequence[Sequence[float]], runs: int, whole: Spread | None = None) -> Spread:
    """The spread of some accuracies.

    Args:
        source: what varies.
        groups: accuracies in percent, a group for each seed of the other sources; their variances are pooled.
        runs: how many there are with those that failed.
        whole: the spread when all sources vary, if the share of it is wanted.
    """
    found = [np.array(group) for group in groups if len(group)]
    n = sum(map(len, found))
    if not (df := n - len(found)):
        return Spread(source, n, runs, 0, None, None)
    sd = (sum(float(np.sum((group - group.mean()) ** 2)) for group in found) / df) ** 0.5
    share = _ratio(sd**2, df, whole.sd.value**2, whole.df) if whole and whole.sd else None
    return Spread(source, n, runs, df, sd_limits(sd, df), share)


def sd_limits(sd: float, df: int) -> Limits:
    """An sd with the interval of chi-square."""
    low, high = (sd * (df / stats.chi2.ppf(tail, df)) ** 0.5 for tail in TAILS)
    return Limits(sd, float(low), float(high))


def _ratio(part: float, df: float, whole: float, df_whole: float) -> Limits | None:
    """Of two independent variances, with the interval of the F distribution; None if the whole is 0."""
    if whole <= 0:
        return None
    low, high = (part / whole / stats.f.ppf(tail, df, df_whole) for tail in TAILS)
    return Limits(part / whole, float(low), float(high))


def sum_of_shares(parts: Sequence[Spread], whole: Spread) -> Limits | None:
    """The variances of all sources together as a fraction of the whole, with Satterthwaite's degrees of freedom.

    None for fewer than two sources, or if any of them or the whole has no sd.
    """
    variances = [(part.sd.value**2, part.df) for part in parts if part.sd]
    total = sum(variance for variance, _ in variances)
    if len(variances) < max(2, len(parts)) or total <= 0 or whole.sd is None:
        return None
    df = total**2 / sum(variance**2 / own_df for variance, own_df in variances)
    return _ratio(total, df, whole.sd.value**2, whole.df)


def true_spread(correct: np.ndarray) -> TrueSpread:
    """The spread between runs with and without the share that these test images add by chance.

    Args:
        correct: runs × images, whether the run is right on the image.

    A two-way analysis of variance: the mean square of the runs, divided by the number of images, estimates the variance
    on this test set. It has the residual mean square in it, which a larger test set would average out.
    """
    found = components(correct)
    df = found.seeds - 1
    tails = [found.between_seeds * df / float(stats.chi2.ppf(tail, df)) for tail in TAILS]
    low, high = (100 * (max(0.0, square - found.residual) / found.images) ** 0.5 for square in tails)
    on_distribution = Limits(100 * found.sd_on_all_images, low, high)
    return TrueSpread(found.seeds, 100 * found.sd_on_these_images, on_distribution)


def _true_spread(runs: Sequence[Record]) -> TrueSpread | None:
    """None without the predictions of at least two runs for the same images."""
    correct = CorrectAnswers.read(runs).of(runs)
    return None if correct is None or min(correct.shape) < 2 else true_spread(correct)


def _pairs_needed(study: SourceStudy, margin: float) -> list[RunsNeeded]:
    """For each pair of activations on a network and data set."""
    pairs = combinations([arm for arm in study.arms if arm.cell.activation is not None], 2)
    same_network = [(a, b) for a, b in pairs if a.cell.without_activation() == b.cell.without_activation()]
    return [needed for a, b in same_network if (needed := _runs_needed(a, b, margin))]


def _runs_needed(a: SourceRuns, b: SourceRuns, margin: float) -> RunsNeeded | None:
    """None with fewer than three common seeds, which give no usable sd."""
    by_seed = [{run.seed: 100 * run.test_acc for run in ok(arm.together) if run.test_acc is not None} for arm in (a, b)]
    seeds = sorted(by_seed[0].keys() & by_seed[1].keys())
    if len(seeds) < 3:
        return None
    of_a, of_b = (np.array([accuracies[seed] for seed in seeds]) for accuracies in by_seed)
    sds = float(np.std(of_a, ddof=1)), float(np.std(of_b, ddof=1))
    correlation = float(np.corrcoef(of_a, of_b)[0, 1]) if min(sds) > 0 else None
    paired = n_paired(margin, float(np.std(of_a - of_b, ddof=1)))
    return RunsNeeded(a.cell, b.cell, len(seeds), correlation, n_unpaired(margin, *sds), paired)


def n_unpaired(difference: float, sd_a: float, sd_b: float) -> int | None:
    """The fewest runs per arm with which Student's two-sample t-test shows a difference; None for over MOST_SEEDS."""
    return _fewest(difference / (sd_a**2 + sd_b**2) ** 0.5 if sd_a or sd_b else np.inf, lambda n: 2 * n - 2)


def n_paired(difference: float, sd: float) -> int | None:
    """The fewest pairs with which the paired t-test shows a difference; None for over MOST_SEEDS."""
    return _fewest(difference / sd if sd else np.inf, lambda n: n - 1)


def _fewest(effect: float, df_of: Callable[[np.ndarray], np.ndarray]) -> int | None:
    """The smallest n with enough power for an effect in units of its standard error at n = 1."""
    n = np.arange(2, MOST_SEEDS + 1)
    df = df_of(n)
    # The other side of the two-sided test adds less than ALPHA / 2 of the opposite sign.
    power = stats.nct.sf(stats.t.ppf(1 - ALPHA / 2, df), df, np.minimum(effect * n**0.5, CERTAIN))
    enough = n[power >= POWER]
    return int(enough[0]) if len(enough) else None
