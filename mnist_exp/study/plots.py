"""The plots of a study: a heat map, ranks, pairs, accuracy against time, learning curves, probes."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from mnist_exp.figures import study as figures
from mnist_exp.figures import study_lines
from mnist_exp.figures.ranking import ArmRank, critical_difference_diagram
from mnist_exp.figures.study import Arm, PairMatrix
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, mean_curve, natural_order, ok, select_learning_rates
from mnist_exp.study.comparison import BETTER, EQUIVALENT, Comparison
from mnist_exp.study.comparisons import group_by_network
from mnist_exp.study.probe_plots import probe_plots
from mnist_exp.study.ranking import Ranking
from mnist_exp.study.statistics import accuracy_interval
from mnist_exp.study.swept_plots import depth_plot, learning_rate_plot
from mnist_exp.study.swept_settings import HIDDEN, LR, hidden_widths

RunsByArm = dict[str, list[Record]]  # the finished runs of each arm of one network
Curves = dict[str, dict[str, list[tuple[int, float]]]]  # network → arm → (epoch, value)
HISTORY = {"val_acc": "validation accuracy, %", "train_loss": "training loss"}


class Plot(NamedTuple):
    """A figure with the name of its file, and what it shows in a sentence."""

    name: str
    figure: Figure
    caption: str


def study_plots(
    records: Sequence[Record],
    swept: Sequence[str],
    comparisons: Sequence[Comparison],
    ranking: Ranking | None = None,
) -> Iterator[Plot]:
    """All plots that these runs have data for, at each cell's best learning rate if rates were swept."""
    selected, others = select_learning_rates(records, swept)
    networks = group_runs(cells(selected, others))
    if not networks:
        return
    arms = {network: [_arm(name, runs) for name, runs in by_arm.items()] for network, by_arm in networks.items()}
    worse = _shown_worse(comparisons, with_data=len({run.data for run in selected}) > 1)
    caption = (
        "Test accuracy of each activation on each network, with 95 % intervals. "
        "Paler: another activation is shown to be better. All others have one shade."
    )
    yield Plot("heat_map", figures.heat_map(arms, worse), caption)
    yield from _swept_plots(records, selected, swept)
    comparable = {network: found for network, found in arms.items() if len(found) > 1} or arms  # softmax has one arm
    caption = "Activations on each network, best at the top, with the 95 % intervals of their means."
    yield Plot("ranked", figures.ranked(comparable), caption)
    if comparisons:
        caption = (
            "Points by which the row's activation is better than the column's. Filled: the difference is shown. "
            "=: the two are equivalent within the margin. Neither: open."
        )
        yield Plot("pairs", figures.pairs(_pair_matrices(comparisons)), caption)
    yield from [_ranking_plot(ranking)] if ranking else []
    caption = "Test accuracy against training time of each activation on each network."
    yield Plot("time", figures.against_time(arms), caption)
    yield from _learning_curves({network: networks[network] for network in comparable})
    yield from (Plot(*plot) for plot in probe_plots(networks))


def group_runs(by_cell: Mapping[Cell, Sequence[Record]]) -> dict[str, RunsByArm]:
    """The finished runs by network and arm; the network's name includes the data set if there are several."""
    with_data = len({cell.data for cell in by_cell}) > 1
    networks: dict[str, RunsByArm] = {}
    for cell, runs in by_cell.items():
        if ok(runs):
            networks.setdefault(network_name(cell, with_data), {})[cell.arm] = ok(runs)
    return {name: networks[name] for name in sorted(networks, key=natural_order)}


def network_name(cell: Cell, with_data: bool) -> str:
    """A panel's name: mlp 12×100, or mlp 12×100 on mnist."""
    return cell.network + (f" on {cell.data}" if with_data else "")


def _arm(name: str, runs: Sequence[Record]) -> Arm:
    accuracy = accuracy_interval([run.test_acc for run in runs if run.test_acc is not None]).in_percent()
    low = accuracy.mean if accuracy.low is None else accuracy.low
    high = accuracy.mean if accuracy.high is None else accuracy.high
    seconds = median(run.train_seconds for run in runs if run.train_seconds is not None)
    return Arm(name, runs[0].activation, accuracy.mean, low, high, seconds)


def _shown_worse(comparisons: Sequence[Comparison], with_data: bool) -> dict[str, list[str]]:
    """By network, the arms to which another one is shown to be better."""
    found: dict[str, list[str]] = {}
    for pair in comparisons:
        if pair.kind == BETTER:
            loser = Cell(pair.data, pair.model, tuple(pair.settings.items()), pair.loser)
            found.setdefault(network_name(loser, with_data), []).append(loser.arm)
    return found


def _swept_plots(records: Sequence[Record], selected: Sequence[Record], swept: Sequence[str]) -> Iterator[Plot]:
    if LR in swept:
        caption = "Test accuracy and dead units by learning rate: means over the seeds that finished."
        yield Plot("rates", learning_rate_plot(records, swept), caption)
    if HIDDEN in swept and len({len(hidden_widths(run)) for run in ok(selected)}) > 1:
        caption = "Test accuracy by depth, and the gradient of the first layer at the first step."
        yield Plot("depth", depth_plot(selected, swept), caption)


def _pair_matrices(comparisons: Sequence[Comparison]) -> dict[str, PairMatrix]:
    with_data = len({pair.data for pair in comparisons}) > 1
    return {network: _pair_matrix(pairs) for network, pairs in group_by_network(comparisons, with_data).items()}


def _pair_matrix(pairs: Sequence[Comparison]) -> PairMatrix:
    names = list(dict.fromkeys(name for pair in pairs for name in (pair.a, pair.b)))
    differences = np.full((len(names), len(names)), np.nan)
    better, equivalent = np.zeros((2, *differences.shape), dtype=bool)
    for pair in pairs:
        a, b = names.index(pair.a), names.index(pair.b)
        differences[a, b], differences[b, a] = 100 * pair.difference, -100 * pair.difference
        better[a, b] = better[b, a] = pair.kind == BETTER
        equivalent[a, b] = equivalent[b, a] = pair.kind == EQUIVALENT
    return PairMatrix(names, differences, better, equivalent)


def _ranking_plot(ranking: Ranking) -> Plot:
    arms = [ArmRank(arm.activation, arm.mean_rank) for arm in ranking.arms]
    figure = critical_difference_diagram(arms, ranking.critical_difference, ranking.groups)
    caption = f"Mean ranks over {len(ranking.seeds)} combinations; a bar joins those that do not differ significantly."
    return Plot("critical_difference", figure, caption)


def _learning_curves(networks: Mapping[str, RunsByArm]) -> Iterator[Plot]:
    for key, ylabel in HISTORY.items():
        if curves := _mean_curves(networks, key):
            caption = f"{ylabel.capitalize()} by epoch, mean over the seeds."
            yield Plot(key, study_lines.curves_by_network(curves, "epoch", ylabel), caption)


def _mean_curves(networks: Mapping[str, RunsByArm], key: str) -> Curves:
    """Means over the seeds, up to the epoch that all of them reached; accuracies in percent.

    One epoch is no curve.
    """
    factor = 100 if key.endswith("acc") else 1
    curves: Curves = {}
    for network, by_arm in networks.items():
        for arm, runs in by_arm.items():
            points = [(epoch, factor * value) for epoch, value in mean_curve(runs, key)]
            if len(points) > 1:
                curves.setdefault(network, {})[arm] = points
    return curves
