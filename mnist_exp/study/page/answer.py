"""The answer of a study in two sentences: three verdicts, and what holds for images like these."""

from collections.abc import Sequence
from statistics import mean

from mnist_exp.errors import counted, listed
from mnist_exp.study.cells import Cell, ok
from mnist_exp.study.comparison import BETTER, EQUIVALENT, KINDS, OPEN, Comparison
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.statistics import accuracy_interval

Network = Cell  # without its activation


def answer(data: StudyData) -> list[str]:
    """The sentences, most important first."""
    if not any(data.means.values()):
        return ["No run finished with a test accuracy, so there is no answer."]
    if not data.comparisons:
        return [_best_mean(data), "No two activations were run on one network, so there is nothing to compare."]
    networks = {data.cell_of_pair(pair, pair.a).without_activation() for pair in data.comparisons}
    first = _of_one_network(data, next(iter(networks))) if len(networks) == 1 else _of_networks(data)
    return [*first, *_for_images(data.comparisons)]


def _best_mean(data: StudyData) -> str:
    best = max((means[0] for means in data.means.values() if means), key=lambda found: found.mean)
    return f"The highest test accuracy is {best.mean:.2f} %: {best.network} {best.arm}, n = {best.n}."


def leader(data: StudyData, network: Network) -> Cell | None:
    """The cell of a network with the best mean validation accuracy; the test set chooses nothing."""
    scores: dict[Cell, float] = {}
    for cell, runs in data.by_cell.items():
        accuracies = [run.val_acc for run in ok(runs) if run.val_acc is not None]
        if cell.without_activation() == network and cell.activation and accuracies:
            scores[cell] = mean(accuracies)
    return max(scores, key=lambda cell: scores[cell]) if scores else None


def _of_one_network(data: StudyData, network: Network) -> list[str]:
    best = leader(data, network)
    if best is None or best.activation is None:
        return _of_networks(data)
    accuracies = [run.test_acc for run in ok(data.by_cell[best]) if run.test_acc is not None]
    if not accuracies:
        return _of_networks(data)
    test = accuracy_interval(accuracies).in_percent()
    own = [pair for pair in data.comparisons if best.activation in (pair.a, pair.b)]
    first = f"{best.activation} has the best validation accuracy; its test accuracy is {test.mean:.2f} %, n = {test.n}."
    return [first, *_against_others(best.activation, own)]


def _against_others(best: str, pairs: Sequence[Comparison]) -> list[str]:
    """It is better than sigmoid, equivalent to tanh within ±0.1 points, and not decided against relu."""
    others = {kind: [_other(pair, best) for pair in pairs if pair.kind == kind] for kind in KINDS}
    worse = [pair.winner for pair in pairs if pair.kind == BETTER and pair.winner != best]
    better = [name for name in others[BETTER] if name not in worse]
    margin = f"within ±{100 * pairs[0].margin:g} points" if pairs else ""
    parts = [
        f"{verb} {listed(_some(names))}{end}"
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


def _some(names: Sequence[str], most: int = 6) -> list[str]:
    return list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]


def _of_networks(data: StudyData) -> list[str]:
    """How many pairs have which verdict, and which activation is best on how many networks."""
    pairs = data.comparisons
    margins = sorted({pair.margin for pair in pairs})
    within = " or ".join(f"±{100 * margin:g}" for margin in margins)
    networks = list(dict.fromkeys(data.cell_of_pair(pair, pair.a).without_activation() for pair in pairs))
    counts = {kind: sum(pair.kind == kind for pair in pairs) for kind in KINDS}
    parts = [
        meaning.format(counts[kind])
        for kind, meaning in (
            (BETTER, "{} have a better activation"),
            (EQUIVALENT, f"{{}} are equivalent within {within} points"),
            (OPEN, "{} are still open"),
        )
        if counts[kind]
    ]
    verdicts = f"Of {counted(len(pairs), 'pair')} on {counted(len(networks), 'network')}, {listed(parts)}."
    return [sentence for sentence in (_leaders(data, networks), verdicts) if sentence]


def _leaders(data: StudyData, networks: Sequence[Network]) -> str:
    """Best validation accuracy: mish on 3 of 5 networks, relu on 2."""
    with_data = len({network.data for network in networks}) > 1
    best: dict[str, list[str]] = {}
    for network in networks:
        cell = leader(data, network)
        if cell and cell.activation:
            name = network.block if with_data else network.block.removesuffix(f" on {network.data}")
            best.setdefault(cell.activation, []).append(name)
    if not best:
        return ""
    ordered = sorted(best.items(), key=lambda item: -len(item[1]))
    if sum(map(len, best.values())) <= 4:
        return f"Best validation accuracy: {', '.join(f'{name} on {listed(where)}' for name, where in ordered)}."
    counts = [f"{name} on {len(where)}" for name, where in ordered]
    return f"Best validation accuracy of {len(networks)} networks: {', '.join(_some(counts))}."


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
