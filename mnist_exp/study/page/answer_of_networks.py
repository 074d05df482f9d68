"""The answer of a study of several networks or data sets: what to use, what is worse everywhere, what is open."""

from collections.abc import Callable, Mapping, Sequence
from statistics import mean

from mnist_exp.errors import listed
from mnist_exp.study.cells import Cell, ok
from mnist_exp.study.comparison import BETTER, EQUIVALENT, KINDS, OPEN, Comparison
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.ranking import Ranking

Network = Cell  # without its activation
PairsByOther = Mapping[str, Sequence[Comparison]]  # the pairs of one activation with each other one


def of_networks(data: StudyData, ranking: Ranking | None) -> list[str]:
    """What to use by mean rank, or where each activation is best if not all can be ranked; then the verdicts."""
    networks = list(dict.fromkeys(data.cell_of_pair(pair, pair.a).without_activation() for pair in data.comparisons))
    first = _of_best(data, ranking, len(networks)) if ranking else _leaders(data, networks)
    return [*first, _counts(data.comparisons)]


def _of_best(data: StudyData, ranking: Ranking, networks: int) -> list[str]:
    """mish has the best mean rank (1.25 of 6), and no other activation is shown to be better. Then all others."""
    best = ranking.arms[0]
    others = {arm.activation: _pairs(data, best.activation, arm.activation) for arm in ranking.arms[1:]}
    tied = [arm.activation for arm in ranking.arms if arm.mean_rank == best.mean_rank]
    rank = f"the best mean rank ({best.mean_rank:.2f} of {len(ranking.arms)})"
    first = f"{listed(some(tied))} {'has' if len(tied) == 1 else 'share'} {rank}"
    beaten = _where(others, lambda pair: pair.kind == BETTER and pair.winner != best.activation)
    if beaten:
        first += f", but {best.activation} is shown to be worse than {listed(some(_on(beaten, networks)))}"
    elif all(len(pairs) == networks for pairs in others.values()):
        first += f", and no other activation is shown to be better than {best.activation} anywhere"
    worse = _where(others, lambda pair: pair.kind == BETTER and pair.winner == best.activation)
    everywhere = [name for name, count in worse.items() if count == networks]
    parts = [f"{first}."]
    if everywhere:
        are = "is" if len(everywhere) == 1 else "are"
        parts.append(f"{listed(some(everywhere))} {are} worse than {best.activation} everywhere.")
    still_open = _where(others, lambda pair: pair.kind == OPEN)
    if still_open:
        parts.append(f"Open: {best.activation} against {listed(some(_on(still_open, networks)))}.")
    return parts


def _pairs(data: StudyData, a: str, b: str) -> list[Comparison]:
    return [pair for pair in data.comparisons if {pair.a, pair.b} == {a, b}]


def _where(others: PairsByOther, holds: Callable[[Comparison], bool]) -> dict[str, int]:
    """For each other activation: on how many networks something holds of the pair; without those of none."""
    counts = {name: sum(map(holds, pairs)) for name, pairs in others.items()}
    return {name: count for name, count in counts.items() if count}


def _on(counts: Mapping[str, int], networks: int) -> list[str]:
    """swish on all 4, relu on 3 of 4."""
    return [
        f"{name} on all {networks}" if count == networks else f"{name} on {count} of {networks}"
        for name, count in counts.items()
    ]


def some(names: Sequence[str], most: int = 6) -> list[str]:
    """The first names, and how many more there are."""
    return list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]


def leader(data: StudyData, network: Network) -> Cell | None:
    """The cell of a network with the best mean validation accuracy; the test set chooses nothing."""
    scores: dict[Cell, float] = {}
    for cell, runs in data.by_cell.items():
        accuracies = [run.val_acc for run in ok(runs) if run.val_acc is not None]
        if cell.without_activation() == network and cell.activation and accuracies:
            scores[cell] = mean(accuracies)
    return max(scores, key=lambda cell: scores[cell]) if scores else None


def _leaders(data: StudyData, networks: Sequence[Network]) -> list[str]:
    """Best by validation accuracy: mish on 3 of 5 networks, relu on 2."""
    best: dict[str, int] = {}
    for network in networks:
        cell = leader(data, network)
        if cell and cell.activation:
            best[cell.activation] = best.get(cell.activation, 0) + 1
    ordered = sorted(best.items(), key=lambda item: -item[1])
    where = "combinations of network and data set" if len({one.data for one in networks}) > 1 else "networks"
    counts = [f"{name} on {count}" for name, count in ordered]
    return [f"Best by validation accuracy on {len(networks)} {where}: {', '.join(some(counts))}."] if counts else []


def _counts(pairs: Sequence[Comparison]) -> str:
    """How many pairs have which verdict."""
    within = " or ".join(f"±{100 * margin:g}" for margin in sorted({pair.margin for pair in pairs}))
    counts = {kind: sum(pair.kind == kind for pair in pairs) for kind in KINDS}
    meanings = {
        BETTER: "in {} one activation is better",
        EQUIVALENT: f"{{}} {{}} equivalent within {within} points",
        OPEN: "{} {} open",
    }
    parts = [meanings[kind].format(count, "is" if count == 1 else "are") for kind, count in counts.items() if count]
    return f"Of {len(pairs)} pairs, {listed(parts)}."
