"""A study's results as what its figures take: arms by network, curves, pairs, probes."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean, median

import numpy as np
from matplotlib.figure import Figure

from mnist_exp.figures import study as draw
from mnist_exp.figures.study import Arm
from mnist_exp.runs.files import read_probes
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import (
    HIDDEN,
    LR,
    Cell,
    at_best_rate,
    cells,
    format_settings,
    mean_curve,
    natural,
    ok,
    settings,
)
from mnist_exp.study.statistics import interval
from mnist_exp.study.tables import ALPHA, Row, by_network

Groups = dict[str, dict[str, list[Record]]]  # network → arm → its finished runs


def pictures(
    results: Sequence[Record], swept: Sequence[str], comparisons: Sequence[Row]
) -> Iterator[tuple[str, Figure, str]]:
    """The figures of the studied runs, each with its name and what it shows in words. A swept rate is settled first."""
    settled, others = at_best_rate(results, swept)
    groups = grouped(cells(settled, others), others)
    arms = {network: [_arm(name, runs) for name, runs in found.items()] for network, found in groups.items()}
    if not arms:
        return
    yield "heat_map", _heat_map(arms), "Test accuracy of every activation on every network, with 95 % intervals."
    if LR in swept:
        caption = "Test accuracy and dead units by learning rate: means over the seeds that finished."
        yield "rates", _by(LR, results, swept), caption
    if HIDDEN in swept and len({len(r["config"]["model"]["hidden"]) for r in ok(settled)}) > 1:
        yield (
            "depth",
            _by(HIDDEN, settled, swept),
            "Test accuracy and the first layer's gradient at the first step by depth.",
        )
    several = {network: of for network, of in arms.items() if len(of) > 1} or arms  # softmax has nothing to compare
    yield (
        "ranked",
        draw.ranked(several),
        "Activations on each network, best on top, with 95 % intervals of their means.",
    )
    if paired := _pairs(comparisons):
        yield (
            "pairs",
            draw.pairs(paired),
            "Points by which the row's activation is ahead of the column's; filled if significant.",
        )
    yield "time", draw.against_time(arms), "Test accuracy against training time of every activation on every network."
    for key, what in (("val_acc", "validation accuracy, %"), ("train_loss", "training loss")):
        if curves := _curves({network: groups[network] for network in several}, key):
            yield key, draw.overlaid(curves, "epoch", what), f"{what.capitalize()} by epoch, mean over the seeds."
    yield from _probed(groups)


def _by(key: str, results: Sequence[Record], swept: Sequence[str]) -> Figure:
    """Accuracy, and what the probes saw, against a swept key: a line for each activation on each network.

    Whatever else sets runs apart (data, widths, other keys) makes lines of its own.
    """
    several = len({r["data"] for r in results}) > 1
    accuracy: dict[str, dict[float, list[float]]] = {}
    inside: dict[str, dict[float, list[float]]] = {}
    for r in ok(results):
        x = r["lr"] if key == LR else len(r["config"]["model"]["hidden"])
        rest = format_settings(
            (k.rpartition(".")[2], v) for k, v in settings(r, swept).items() if k not in (LR, HIDDEN)
        )
        rest += [f"on {r['data']}"] if several else []
        widths = {str(width) for width in r["config"]["model"]["hidden"]} if HIDDEN in swept else ()
        name = " ".join([r["activation"] or "none", r["model"], *sorted(widths), *rest])
        accuracy.setdefault(name, {}).setdefault(x, []).append(100 * r["test_acc"])
        rows = read_probes(Path(r["run_dir"]))
        steps = [row["step"] for row in rows]
        dead = [100 * row["dead"] for row in rows if row["step"] == max(steps) and row["dead"] is not None]
        first = [row["gradient_norm"] for row in rows if row["step"] == min(steps)][:1]
        if found := dead if key == LR else first:
            inside.setdefault(name, {}).setdefault(x, []).append(mean(found))
    lines, probed = (
        {name: {x: mean(v) for x, v in sorted(at.items())} for name, at in of.items()} for of in (accuracy, inside)
    )
    if key == LR:
        return draw.against(lines, probed, "learning rate", "dead units at the end, %", log=(True, False))
    return draw.against(
        lines, probed, "hidden layers", "gradient norm of the first layer, first step", log=(False, True)
    )


def grouped(found: Mapping[Cell, Sequence[Record]], keys: Sequence[str]) -> Groups:
    several = len({cell.data for cell in found}) > 1
    groups: Groups = {}
    for cell, runs in found.items():
        if ok(runs):
            network = cell.network(keys) + (f" on {cell.data}" if several else "")
            groups.setdefault(network, {})[cell.arm(keys)] = ok(runs)
    return {network: groups[network] for network in sorted(groups, key=natural)}


def _arm(name: str, runs: Sequence[Record]) -> Arm:
    _, middle, _, low, high = interval([100 * r["test_acc"] for r in runs])
    ends = (middle, middle) if low is None or high is None else (low, high)
    return Arm(name, runs[0]["activation"], middle, *ends, median(r["train_seconds"] for r in runs))


def _heat_map(arms: Mapping[str, Sequence[Arm]]) -> Figure:
    rows = list(dict.fromkeys(arm.name for found in arms.values() for arm in found))
    means, texts = np.full((len(rows), len(arms)), np.nan), [[""] * len(arms) for _ in rows]
    for j, found in enumerate(arms.values()):
        for arm in found:
            i = rows.index(arm.name)
            means[i, j] = arm.mean
            texts[i][j] = f"{arm.mean:.2f}" + (f"\n{arm.low:.2f} to {arm.high:.2f}" if arm.high > arm.low else "")
    return draw.heat_map(rows, list(arms), means, texts)


def _pairs(comparisons: Sequence[Row]) -> dict[str, tuple[list[str], np.ndarray, np.ndarray]]:
    found = {}
    several = len({row["data"] for row in comparisons}) > 1
    for network, rows in by_network(comparisons, with_data=several).items():
        names = list(dict.fromkeys(name for row in rows for name in (row["a"], row["b"])))
        differences = np.full((len(names), len(names)), np.nan)
        significant = np.zeros(differences.shape, dtype=bool)
        for row in rows:
            i, j = names.index(row["a"]), names.index(row["b"])
            differences[i, j], differences[j, i] = 100 * row["difference"], -100 * row["difference"]
            significant[i, j] = significant[j, i] = row["p_holm"] < ALPHA
        found[network] = (names, differences, significant)
    return found


def _curves(groups: Groups, key: str) -> dict[str, dict[str, list[tuple[int, float]]]]:
    """Means over the seeds, as far as all of them trained."""
    factor = 100 if key.endswith("acc") else 1
    found: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for network, arms in groups.items():
        for name, runs in arms.items():
            if points := [(epoch, factor * value) for epoch, value in mean_curve(runs, key)]:
                found.setdefault(network, {})[name] = points
    return found


def _probed(groups: Groups) -> Iterator[tuple[str, Figure, str]]:
    """Where the runs were probed: the gradients at the first step, the dead and saturated units at the last."""
    seen = {
        network: {name: [read_probes(Path(r["run_dir"])) for r in runs] for name, runs in arms.items()}
        for network, arms in groups.items()
    }
    for name, key, which, title, log in (
        ("gradients", "gradient_norm", min, "gradient norm at the first step", True),
        ("dead", "dead", max, "dead units at the end, %", False),
        ("saturated", "saturated", max, "saturated at the end, %", False),
    ):
        layers: dict[str, dict[str, dict[str, float]]] = {}
        for network, arms in seen.items():
            for arm, probed in arms.items():
                values: dict[str, list[float]] = {}
                for rows in filter(None, probed):
                    step = which(row["step"] for row in rows)
                    for row in rows:
                        if row["step"] == step and row[key] is not None:
                            values.setdefault(row["layer"], []).append(row[key] * (1 if log else 100))
                if values:
                    layers.setdefault(network, {})[arm] = {layer: mean(found) for layer, found in values.items()}
        if layers:
            yield (
                name,
                draw.by_layer(layers, title, log),
                f"{title.capitalize()} by layer, for every activation on every network.",
            )
