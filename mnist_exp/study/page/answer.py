"""The answer of a study in a few sentences: what to use, the verdicts, and what holds for images like these."""

from collections import Counter
from collections.abc import Sequence

from mnist_exp.errors import listed
from mnist_exp.study.cells import Cell, ok
from mnist_exp.study.comparison import BETTER, EQUIVALENT, KINDS, OPEN, Comparison
from mnist_exp.study.page.answer_of_networks import leader, of_networks, some
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.ranking import Ranking
from mnist_exp.study.statistics import accuracy_interval


def answer(data: StudyData, ranking: Ranking | None = None) -> list[str]:
    """The sentences, most important first."""
    if not any(data.means.values()):
        return ["No run finished with a test accuracy, so there is no answer.", *_errors(data)]
    lost = activations_without_results(data)
    left_out = [f"No run with {listed(some(lost))} has a result."] if lost else []
    if not data.comparisons:
        return [_best_mean(data), *_nothing_to_compare(data), *left_out]
    networks = {data.cell_of_pair(pair, pair.a).without_activation() for pair in data.comparisons}
    first = _of_one_network(data, next(iter(networks))) if len(networks) == 1 else of_networks(data, ranking)
    return [*first, *_for_images(data.comparisons), *left_out]


def activations_without_results(data: StudyData) -> list[str]:
    """The activations that were run, none of whose runs has a test accuracy."""
    with_result = {run.activation for run in ok(data.records) if run.test_acc is not None}
    names = dict.fromkeys(run.activation for run in data.records if run.activation)
    return [name for name in names if name not in with_result]


def _errors(data: StudyData) -> list[str]:
    """The most frequent error of the runs, if none has a result."""
    errors = Counter(run.error for run in data.records if run.error)
    if not errors:
        return []
    error, count = errors.most_common(1)[0]
    return [f"{count} of {len(data.records)} runs ended with: {error.rstrip('.')}."]


def _nothing_to_compare(data: StudyData) -> list[str]:
    if len({run.activation for run in data.records}) > 1:
        return ["No two activations have results of one seed on one network, so there is nothing to compare."]
    return ["One activation was run, so there is nothing to compare."]


def _best_mean(data: StudyData) -> str:
    best = max((means[0] for means in data.means.values() if means), key=lambda found: found.mean)
    return f"The highest test accuracy is {best.mean:.2f} %: {best.network} {best.arm}, n = {best.n}."


def _of_one_network(data: StudyData, network: Cell) -> list[str]:
    best = leader(data, network)
    if best is None or best.activation is None:
        return of_networks(data, None)
    accuracies = [run.test_acc for run in ok(data.by_cell[best]) if run.test_acc is not None]
    if not accuracies:
        return of_networks(data, None)
    test = accuracy_interval(accuracies).in_percent()
    own = [pair for pair in data.comparisons if best.activation in (pair.a, pair.b)]
    first = f"{best.activation} has the best validation accuracy; its test accuracy is {test.mean:.2f} %, n = {test.n}."
    return [first, *against_others(best.activation, own)]


def against_others(best: str, pairs: Sequence[Comparison]) -> list[str]:
    """It is better than sigmoid, equivalent to tanh within ±0.1 points, and not decided against relu."""
    others = {kind: [_other(pair, best) for pair in pairs if pair.kind == kind] for kind in KINDS}
    worse = [pair.winner for pair in pairs if pair.kind == BETTER and pair.winner != best]
    better = [name for name in others[BETTER] if name not in worse]
    margin = f"within ±{100 * pairs[0].margin:g} points" if pairs else ""
    parts = [
        f"{verb} {listed(some(names))}{end}"
        for verb, names, end in (
            ("better than", better, ""),
            ("worse on the test set than", worse, ""),
            ("equivalent to", others[EQUIVALENT], f" {margin}"),
            ("not decided against", others[OPEN], ""),
        )
        if names
    ]
    return [f"It is {'; '.join(parts)}."] if parts else []


def _other(pair: Comparison, name: str) -> str:
    return pair.b if pair.a == name else pair.a


def _for_images(pairs: Sequence[Comparison]) -> list[str]:
    """Which of the verdicts hold for other images like those of the test set."""
    decided = [pair for pair in pairs if pair.kind != OPEN]
    known = [pair for pair in decided if pair.kind_images is not None]
    if not decided:
        return []
    if not known:
        return ["The verdicts are about these test images: without predictions, nothing is known of others."]
    held = [pair for pair in known if pair.kind_images != OPEN]
    if len(held) == len(decided):
        return ["The verdicts also hold for other images like these test images."]
    if not held:
        return ["The verdicts hold for these test images. For other images like these, nothing is shown."]
    return [f"For other images like these test images, {len(held)} of the {len(decided)} decided pairs hold."]
