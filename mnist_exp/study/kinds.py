"""The verdict on each pair of one network: which test is made, what it says, and whether it holds for other images."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import mean

from mnist_exp.study.arms import Pair, accuracies_by_seed, differences_by_seed
from mnist_exp.study.comparison import (
    BETTER,
    EQUIVALENT,
    FEWEST_FOR_T,
    KINDS,
    MAX_T,
    OPEN,
    PAIRED_T,
    SEQUENTIAL,
    Comparison,
    too_few,
)
from mnist_exp.study.images import CorrectAnswers, Population, population
from mnist_exp.study.max_t import equivalence, fewest_seeds, max_t, smallest_p
from mnist_exp.study.power import SEEDS_TRIED, seeds_to_decide
from mnist_exp.study.sequential import Decision
from mnist_exp.study.statistics import ALPHA, ROUNDING, holm, in_range, paired_t

FEWEST_IMAGES = 30  # of which a test set says anything about others
FEWEST_DEGREES = 0.9  # of freedom; one is usual with two seeds, and below it an interval grows without a limit
ALIKE = "all differences are equal, and the records do not say how many test images there are"


def tested(compared: Sequence[Comparison], pairs: Sequence[Pair]) -> list[Comparison]:
    """With p-values and kinds: by the exact test where it can reach the level, else by t-tests.

    If a network has pairs of both, the level is divided between the tests by their numbers of pairs. Which test a pair
    gets depends on the numbers of seeds alone.
    """
    testable = [place for place, pair in enumerate(pairs) if has_sd(pair) or len(pair.seeds) >= fewest_seeds(ALPHA)]
    exact = [place for place in testable if compared[place].n >= fewest_seeds(ALPHA)]
    if exact and smallest_p(min(compared[i].n for i in exact)) * len(testable) / len(exact) > ALPHA:
        exact = [place for place in exact if not has_sd(pairs[place])]
    normal = [place for place in testable if place not in exact]
    margin = compared[0].margin
    found = [
        one if place in testable else replace(one, untested=ALIKE if one.n >= FEWEST_FOR_T else too_few(one.n))
        for place, one in enumerate(compared)
    ]

    def note(test: str, places: Sequence[int], different: Sequence[float], equivalent: Sequence[float]) -> None:
        for place, *p_values in zip(places, different, equivalent, strict=True):
            p, q = (min(1.0, float(value) * len(testable) / len(places)) for value in p_values)
            kind = BETTER if p < ALPHA else EQUIVALENT if q < ALPHA else OPEN
            found[place] = replace(found[place], test=test, p_adjusted=p, p_equivalent=q, kind=kind)

    if exact:
        differences = differences_by_seed([pairs[place] for place in exact])
        note(MAX_T, exact, list(max_t(differences)), list(equivalence(differences, margin)))
    if normal:
        tests = [paired_t(pairs[place].differences, pairs[place].resolution) for place in normal]
        note(PAIRED_T, normal, holm([one.p for one in tests]), holm([one.p_equivalent(margin) for one in tests]))
    return found


def has_sd(pair: Pair) -> bool:
    """Whether a t-test is possible: not of equal differences whose rounding is unknown."""
    return len(pair.seeds) >= FEWEST_FOR_T and paired_t(pair.differences, pair.resolution).error > ROUNDING


def over_images(pair: Pair, answers: CorrectAnswers) -> Population | None:
    """The difference over seeds and images.

    None with one seed, few images or without the predictions, and if a t-distribution of so few degrees of freedom says
    nothing.
    """
    a, b = (answers.of([arm.runs[seed] for seed in pair.seeds]) for arm in (pair.a, pair.b))
    if a is None or b is None or len(a) < 2 or a.shape[1] < FEWEST_IMAGES:
        return None
    found = population(a, b, mean(pair.differences))
    return found if found.degrees_of_freedom >= FEWEST_DEGREES else None


def for_images(compared: Sequence[Comparison], populations: Sequence[Population | None]) -> list[Comparison]:
    """With the intervals over seeds and images, and which verdicts hold for images like those of the test set.

    The test over images does not allow for rounds of seeds: they are all tested on the same images.
    """
    found = list(compared)
    known = {place: one for place, one in enumerate(populations) if one}
    different = holm([one.p for one in known.values()])
    equivalent = holm([one.p_equivalent(compared[0].margin) for one in known.values()])
    for (place, one), p, q in zip(known.items(), different, equivalent, strict=True):
        holds = (compared[place].kind == BETTER and p < ALPHA) or (compared[place].kind == EQUIVALENT and q < ALPHA)
        kind = compared[place].kind if holds else OPEN
        found[place] = replace(
            found[place], low_images=in_range(one.low), high_images=in_range(one.high), kind_images=kind
        )
    return found


def decided(one: Comparison, decision: Decision) -> Comparison:
    """With the verdict and the interval of the round that decided the pair."""
    if decision.low is None or decision.high is None:
        return replace(one, untested=too_few(one.n))
    kind = decision.kind if decision.kind in KINDS else OPEN
    return replace(one, test=SEQUENTIAL, kind=kind, low=in_range(decision.low), high=in_range(decision.high))


def with_seeds_needed(compared: Sequence[Comparison], pairs: Sequence[Pair]) -> list[Comparison]:
    """With the number of seeds that would decide each open pair whose spread is known."""
    places = [place for place, one in enumerate(compared) if one.kind == OPEN and has_sd(pairs[place])]
    if not places:
        return list(compared)
    accuracies, columns = accuracies_by_seed(pairs)
    fewest = min(compared[place].n for place in places)
    needed = seeds_to_decide(accuracies, columns, places, compared[0].margin, beyond=fewest)
    found = list(compared)
    for place, count in zip(places, needed, strict=True):
        # With as many seeds as there are it is open.
        more = [seeds for seeds in SEEDS_TRIED if count and seeds >= count and seeds > compared[place].n]
        found[place] = replace(found[place], seeds_needed=more[0] if more else None)
    return found
