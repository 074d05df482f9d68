"""Pairs of activations on one network and data set, compared by their differences seed by seed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import mean
from typing import Any

from mnist_exp.config.schema import StudyConfig
from mnist_exp.runs.record import Record
from mnist_exp.study.arms import Arm, Pair, accuracies_by_seed, differences_by_seed, networks, pairs_of
from mnist_exp.study.cells import Cell, natural_order, select_learning_rates
from mnist_exp.study.images import CorrectAnswers, Population, population
from mnist_exp.study.looks import decide_records
from mnist_exp.study.max_t import equivalence, fewest_seeds, max_t
from mnist_exp.study.power import SEEDS_TRIED, seeds_to_decide
from mnist_exp.study.sequential import Decision
from mnist_exp.study.spending import Looks
from mnist_exp.study.statistics import ALPHA, ROUNDING, holm, interval, paired_t, sign_flip
from mnist_exp.study.swept_settings import HIDDEN, Settings, format_settings

KINDS = BETTER, EQUIVALENT, OPEN = "better", "equivalent", "open"
MAX_T, PAIRED_T, SEQUENTIAL = "max-T", "paired t", "sequential t"  # the tests that give verdicts
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
    low: float | None  # of the 95 % interval over seeds, on these test images; adjusted if the test is sequential
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
        if self.test == SEQUENTIAL and self.low is not None and self.high is not None:
            return -self.margin < self.low and self.high < self.margin
        return self.p_equivalent is not None and self.p_equivalent < ALPHA

    def csv_row(self) -> dict[str, Any]:
        """A row of comparisons.csv: each swept setting is a column."""
        values = asdict(self)
        return {"data": values.pop("data"), "model": values.pop("model"), **values.pop("settings"), **values}


def compare(
    records: Sequence[Record], swept: Sequence[str], options: StudyConfig, looks: Looks | None = None
) -> list[Comparison]:
    """The pairs of activations on each network and data set, paired by seed and corrected for all of these pairs.

    If learning rates were swept, each activation is compared at its best one.

    Args:
        records: the runs.
        swept: the settings in which they differ.
        options: the margin and the control.
        looks: when the results were looked at, if seeds were added until the pairs were decided.
    """
    selected, others = select_learning_rates(records, swept)
    answers = CorrectAnswers.read(selected)
    return [
        comparison
        for network, arms in networks(selected, others).items()
        for comparison in _compare_network(network, arms, options, answers, looks)
    ]


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
    network: Cell, arms: Sequence[Arm], options: StudyConfig, answers: CorrectAnswers, looks: Looks | None
) -> list[Comparison]:
    pairs = list(pairs_of(arms, options.control))
    decisions: dict[tuple[str, str], Decision] = {}
    if looks and pairs:
        decided = decide_records({arm.name: arm.ended for arm in arms}, looks, options)
        decisions = {(one.a, one.b): one for one in decided.pairs}
        # A pair is judged by the seeds up to the look that decided it.
        counts = (0, *looks.counts)
        pairs = [replace(pair, below=counts[decisions[pair.a.name, pair.b.name].look] or None) for pair in pairs]
        pairs = [pair for pair in pairs if pair.seeds]
    if not pairs:
        return []
    compared = [_measured(network, pair, options.margin / 100) for pair in pairs]
    corrected = holm([one.p for one in compared])
    compared = [replace(one, p_holm=p) for one, p in zip(compared, corrected, strict=True)]
    populations = [_population(pair, answers) for pair in pairs]
    if looks:
        compared = [
            _decided(one, decisions[one.a, one.b], wide) for one, wide in zip(compared, populations, strict=True)
        ]
    else:
        compared = _with_seeds_needed(_for_images(_tested(compared, pairs), populations), pairs)
    return [replace(one, verdict=_verdict(one)) for one in compared]


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
        differences = differences_by_seed([pairs[i] for i in exact])
        note(MAX_T, exact, list(max_t(differences)), list(equivalence(differences, margin)))
    if normal:
        tests = [paired_t(pairs[i].differences, pairs[i].resolution) for i in normal]
        note(PAIRED_T, normal, holm([one.p for one in tests]), holm([one.p_equivalent(margin) for one in tests]))
    return found


def _population(pair: Pair, answers: CorrectAnswers) -> Population | None:
    """Its difference over seeds and images; None with one seed or without the predictions."""
    a, b = (answers.of([arm.runs[seed] for seed in pair.seeds]) for arm in (pair.a, pair.b))
    if a is None or b is None or len(a) < 2:
        return None
    return population(a, b, mean(pair.differences))


def _for_images(compared: Sequence[Comparison], populations: Sequence[Population | None]) -> list[Comparison]:
    """With the intervals over seeds and images, and which verdicts hold for images like those of the test set."""
    found = list(compared)
    known = {place: one for place, one in enumerate(populations) if one}
    different = holm([one.p for one in known.values()])
    equivalent = holm([one.p_equivalent(compared[0].margin) for one in known.values()])
    for (place, one), p, q in zip(known.items(), different, equivalent, strict=True):
        holds = (compared[place].kind == BETTER and p < ALPHA) or (compared[place].kind == EQUIVALENT and q < ALPHA)
        kind = compared[place].kind if holds else OPEN
        found[place] = replace(found[place], low_images=one.low, high_images=one.high, kind_images=kind)
    return found


def _decided(one: Comparison, decision: Decision, wide: Population | None) -> Comparison:
    """With the verdict and the interval of the look that decided the pair; likewise for images like these.

    The interval over seeds and images is wider by as much as the standard error is larger.
    """
    if decision.low is None or decision.high is None or one.sd is None:
        return one
    kind = decision.kind if decision.kind in KINDS else OPEN
    one = replace(one, test=SEQUENTIAL, kind=kind, low=decision.low, high=decision.high)
    if wide is None:
        return one
    half = (decision.high - decision.low) / 2 * max(1.0, wide.error / wide.error_over_seeds)
    low, high = one.difference - half, one.difference + half
    holds = (kind == BETTER and not low <= 0 <= high) or (kind == EQUIVALENT and -one.margin < low <= high < one.margin)
    return replace(one, low_images=low, high_images=high, kind_images=kind if holds else OPEN)


def _with_seeds_needed(compared: Sequence[Comparison], pairs: Sequence[Pair]) -> list[Comparison]:
    """With the number of seeds that would decide each open pair whose spread is known."""
    places = [i for i, one in enumerate(compared) if one.kind == OPEN and _has_sd(pairs[i])]
    if not places:
        return list(compared)
    accuracies, columns = accuracies_by_seed(pairs)
    needed = seeds_to_decide(accuracies, columns, places, compared[0].margin)
    found = list(compared)
    for place, count in zip(places, needed, strict=True):
        # The seeds so far have not decided it.
        count = None if count is None else max(count, compared[place].n + 1)
        found[place] = replace(found[place], seeds_needed=count)
    return found


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
    if one.test == SEQUENTIAL:
        return f"not decided after {one.n} seeds"
    if one.seeds_needed is None:
        return f"more than {SEEDS_TRIED[-1]} seeds would be needed"
    return f"about {one.seeds_needed - one.n} more seeds would decide"
