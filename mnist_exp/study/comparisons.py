"""Pairs of activations on one network and data set, compared by their differences seed by seed."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_exp.config.schema import StudyConfig
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, natural_order, ok, select_learning_rates
from mnist_exp.study.images import CorrectAnswers, population
from mnist_exp.study.max_t import equivalence, fewest_seeds, max_t
from mnist_exp.study.power import SEEDS_TRIED, seeds_to_decide
from mnist_exp.study.statistics import ALPHA, ROUNDING, holm, interval, paired_t, sign_flip
from mnist_exp.study.swept_settings import HIDDEN, Settings, format_settings

KINDS = BETTER, EQUIVALENT, OPEN = "better", "equivalent", "open"
MAX_T, PAIRED_T = "max-T", "paired t"  # the tests that give verdicts
FEWEST_FOR_T = 3  # two seeds give no usable sd


@dataclass(frozen=True)
class Comparison:
    """The test accuracy of activation `a` minus that of `b`, over the seeds that both have."""

    data: str
    model: str
    settings: Settings  # that were swept
    a: str
    b: str
    lr_a: float
    lr_b: float
    n: int
    difference: float
    sd: float | None
    low: float | None  # of the 95 % interval over seeds, on these test images
    high: float | None
    p: float
    p_holm: float  # corrected for all pairs of this network and data set
    verdict: str = ""  # begins with the kind
    kind: str = OPEN
    test: str | None = None  # that gave the verdict; None with too few seeds for any
    p_adjusted: float | None = None  # of that test, that there is no difference
    p_equivalent: float | None = None  # of that test, that the difference is the margin or more
    margin: float = 0.0  # as a fraction, like the differences
    p_a_better: float | None = None  # the probability that a is better at a new seed
    low_images: float | None = None  # of the 95 % interval over seeds and images like these
    high_images: float | None = None
    kind_images: str | None = None  # the verdict for images like these; None without predictions
    seeds_needed: int | None = None  # that would decide an open pair; None if unknown or too many

    @property
    def winner(self) -> str:
        return self.a if self.difference > 0 else self.b

    @property
    def loser(self) -> str:
        return self.b if self.difference > 0 else self.a

    @property
    def within_margin(self) -> bool:
        """Whether the difference is shown to be smaller than the margin."""
        return self.p_equivalent is not None and self.p_equivalent < ALPHA

    def csv_row(self) -> dict[str, Any]:
        """A row of comparisons.csv: each swept setting is a column."""
        values = asdict(self)
        return {"data": values.pop("data"), "model": values.pop("model"), **values.pop("settings"), **values}


@dataclass(frozen=True)
class Arm:
    """The finished runs of an activation on one network, by seed."""

    name: str
    runs: dict[int, Record]

    @classmethod
    def of(cls, name: str, runs: Sequence[Record]) -> "Arm":
        return cls(name, {run.seed: run for run in runs if run.test_acc is not None})

    def accuracies(self, seeds: Sequence[int]) -> list[float]:
        return [self.runs[seed].test_acc or 0.0 for seed in seeds]


@dataclass(frozen=True)
class Pair:
    """Two activations and the seeds that both have."""

    a: Arm
    b: Arm

    @property
    def seeds(self) -> list[int]:
        return sorted(self.a.runs.keys() & self.b.runs.keys())

    @property
    def differences(self) -> list[float]:
        accuracies = self.a.accuracies(self.seeds), self.b.accuracies(self.seeds)
        return [a - b for a, b in zip(*accuracies, strict=True)]

    @property
    def resolution(self) -> float:
        """The accuracy that one test image counts."""
        return resolution(next(iter(self.a.runs.values())))


def resolution(run: Record) -> float:
    """The accuracy that one test image counts; 0 where a record does not say how many there are."""
    return 1 / sum(run.per_class["support"]) if run.per_class else 0.0


def compare(records: Sequence[Record], swept: Sequence[str], options: StudyConfig) -> list[Comparison]:
    """The pairs of activations on each network and data set, paired by seed and corrected for all of these pairs.

    If learning rates were swept, each activation is compared at its best one.
    """
    selected, others = select_learning_rates(records, swept)
    answers = CorrectAnswers.read(selected)
    return [
        comparison
        for network, arms in networks(selected, others).items()
        for comparison in _compare_network(network, arms, options, answers)
    ]


def networks(records: Sequence[Record], swept: Sequence[str]) -> dict[Cell, list[Arm]]:
    """The activations with a finished run on each network and data set."""
    found: dict[Cell, list[Arm]] = {}
    for cell, runs in cells(records, swept).items():
        if cell.activation is not None and ok(runs):
            found.setdefault(cell.without_activation(), []).append(Arm.of(cell.activation, ok(runs)))
    return found


def group_by_network(comparisons: Sequence[Comparison], with_data: bool) -> dict[str, list[Comparison]]:
    """The pairs by network, which is named with its swept settings and, if wanted, the data set."""
    groups: dict[str, list[Comparison]] = {}
    for pair in comparisons:
        others = [(key, value) for key, value in pair.settings.items() if key != HIDDEN]
        sizes = [value for key, value in pair.settings.items() if key == HIDDEN]
        data = [f"on {pair.data}"] if with_data else []
        groups.setdefault(" ".join([pair.model, *sizes, *format_settings(others), *data]), []).append(pair)
    return {name: groups[name] for name in sorted(groups, key=natural_order)}


def _compare_network(
    network: Cell, arms: Sequence[Arm], options: StudyConfig, answers: CorrectAnswers
) -> list[Comparison]:
    pairs = [pair for pair in _pairs(arms, options.control) if pair.seeds]
    if not pairs:
        return []
    compared = [_measured(network, pair, options.margin / 100) for pair in pairs]
    corrected = holm([one.p for one in compared])
    compared = [replace(one, p_holm=p) for one, p in zip(compared, corrected, strict=True)]
    compared = _for_images(_tested(compared, pairs), pairs, answers)
    return [replace(one, verdict=_verdict(one)) for one in _with_seeds_needed(compared, pairs)]


def _pairs(arms: Sequence[Arm], control: str | None) -> Iterator[Pair]:
    """Every two activations; with a control, each other one and the control."""
    for a, b in combinations(arms, 2):
        if control is None or control == b.name:
            yield Pair(a, b)
        elif control == a.name:
            yield Pair(b, a)


def _measured(network: Cell, pair: Pair, margin: float) -> Comparison:
    """Without a verdict, and not corrected for the other pairs."""
    differences = pair.differences
    p = sign_flip(differences)
    next_seed = paired_t(differences, pair.resolution).positive_next if _has_sd(pair) else None
    lr_a, lr_b = (arm.runs[pair.seeds[0]].lr for arm in (pair.a, pair.b))
    return Comparison(
        network.data,
        network.model,
        network.settings,
        pair.a.name,
        pair.b.name,
        lr_a,
        lr_b,
        *interval(differences),
        p=p,
        p_holm=p,
        margin=margin,
        p_a_better=next_seed,
    )


def _has_sd(pair: Pair) -> bool:
    """Whether a t-test is possible: not of equal differences whose rounding is unknown."""
    return len(pair.seeds) >= FEWEST_FOR_T and paired_t(pair.differences, pair.resolution).error > ROUNDING


def _tested(compared: Sequence[Comparison], pairs: Sequence[Pair]) -> list[Comparison]:
    """With p-values and kinds: the exact test where it can reach the level, a t-test where that needs more seeds.

    If a network has pairs of both, the level is divided between the tests by their numbers of pairs.
    """
    exact = [i for i, one in enumerate(compared) if one.n >= fewest_seeds(ALPHA)]
    normal = [i for i in range(len(pairs)) if i not in exact and _has_sd(pairs[i])]
    margin, tested = compared[0].margin, len(exact) + len(normal)
    found = list(compared)

    def note(test: str, places: Sequence[int], different: Sequence[float], equivalent: Sequence[float]) -> None:
        for place, *p_values in zip(places, different, equivalent, strict=True):
            p, q = (min(1.0, float(value) * tested / len(places)) for value in p_values)
            kind = BETTER if p < ALPHA else EQUIVALENT if q < ALPHA else OPEN
            found[place] = replace(found[place], test=test, p_adjusted=p, p_equivalent=q, kind=kind)

    if exact:
        differences = _matrix([pairs[i] for i in exact])
        note(MAX_T, exact, list(max_t(differences)), list(equivalence(differences, margin)))
    if normal:
        tests = [paired_t(pairs[i].differences, pairs[i].resolution) for i in normal]
        note(PAIRED_T, normal, holm([one.p for one in tests]), holm([one.p_equivalent(margin) for one in tests]))
    return found


def _matrix(pairs: Sequence[Pair]) -> NDArray[np.floating]:
    """The differences with a row for each seed and a column for each pair; NaN where a pair lacks a seed."""
    seeds = sorted({seed for pair in pairs for seed in pair.seeds})
    rows = {seed: row for row, seed in enumerate(seeds)}
    matrix = np.full((len(seeds), len(pairs)), np.nan)
    for column, pair in enumerate(pairs):
        matrix[[rows[seed] for seed in pair.seeds], column] = pair.differences
    return matrix


def _for_images(compared: Sequence[Comparison], pairs: Sequence[Pair], answers: CorrectAnswers) -> list[Comparison]:
    """With the intervals over seeds and images, and which verdicts hold for images like those of the test set."""
    found = list(compared)
    populations = {}
    for place, pair in enumerate(pairs):
        a, b = (answers.of([arm.runs[seed] for seed in pair.seeds]) for arm in (pair.a, pair.b))
        if a is not None and b is not None and compared[place].n > 1:
            populations[place] = population(a, b, compared[place].difference)
    different = holm([one.p for one in populations.values()])
    equivalent = holm([one.p_equivalent(compared[0].margin) for one in populations.values()])
    for (place, one), p, q in zip(populations.items(), different, equivalent, strict=True):
        holds = (compared[place].kind == BETTER and p < ALPHA) or (compared[place].kind == EQUIVALENT and q < ALPHA)
        kind = compared[place].kind if holds else OPEN
        found[place] = replace(found[place], low_images=one.low, high_images=one.high, kind_images=kind)
    return found


def _with_seeds_needed(compared: Sequence[Comparison], pairs: Sequence[Pair]) -> list[Comparison]:
    """With the number of seeds that would decide each open pair whose spread is known."""
    places = [i for i, one in enumerate(compared) if one.kind == OPEN and _has_sd(pairs[i])]
    if not places:
        return list(compared)
    arms = list({arm.name: arm for pair in pairs for arm in (pair.a, pair.b)}.values())
    seeds = sorted({seed for arm in arms for seed in arm.runs})
    accuracies = np.array([[_accuracy(arm, seed) for arm in arms] for seed in seeds])
    columns = {arm.name: column for column, arm in enumerate(arms)}
    as_columns = [(columns[pair.a.name], columns[pair.b.name]) for pair in pairs]
    needed = seeds_to_decide(accuracies, as_columns, places, compared[0].margin)
    found = list(compared)
    for place, count in zip(places, needed, strict=True):
        # The seeds so far have not decided it.
        count = None if count is None else max(count, compared[place].n + 1)
        found[place] = replace(found[place], seeds_needed=count)
    return found


def _accuracy(arm: Arm, seed: int) -> float:
    accuracy = arm.runs[seed].test_acc if seed in arm.runs else None
    return float("nan") if accuracy is None else accuracy


def _verdict(one: Comparison) -> str:
    """The kind, and what there is to say of it in a few words."""
    assuming = ", assuming normal differences" if one.test == PAIRED_T else ""
    margin = f"±{100 * one.margin:g} points"
    if one.kind == BETTER:
        within = f", within {margin}" if one.within_margin else ""
        return f"{BETTER}: {one.winner} by {100 * abs(one.difference):.2f} points{within}{assuming}"
    if one.kind == EQUIVALENT:
        return f"{EQUIVALENT}: within {margin}{assuming}"
    return f"{OPEN}: {seeds_line(one)}"


def seeds_line(one: Comparison) -> str:
    """How many seeds would decide an open pair."""
    if one.test is None:
        return f"too few seeds for a test, n = {one.n}; {fewest_seeds(ALPHA)} could decide"
    if one.seeds_needed is None:
        return f"more than {SEEDS_TRIED[-1]} seeds would be needed"
    return f"about {one.seeds_needed - one.n} more seeds would decide"
