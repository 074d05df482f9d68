"""Figures of a study: a heat map, ranks with intervals, pairs, accuracy against time, curves by network, layers."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mnist_exp.figures.style import axes, line

PANELS_IN_A_ROW = 4
LETTER = 0.075  # inches, about the width of a letter
WIDE = 6.5  # inches: a title of 75 letters fits
MARKERS = "os^Dv<>pPX*h"  # of networks
NO_ACTIVATION = "(no activation)"  # begins the name of such an arm
INK = "#111111"  # for text on a coloured background, whatever the page's colour; plain black follows the page

Lines = Mapping[str, Mapping[float, float]]  # name → x → y


class Arm(NamedTuple):
    """One activation (and what else was swept) on one network; accuracies in percent."""

    name: str
    activation: str | None
    mean: float
    low: float
    high: float
    seconds: float


class PairMatrix(NamedTuple):
    """Row minus column, in points, for every two arms of a network; NaN where they were not compared."""

    names: Sequence[str]
    differences: np.ndarray
    significant: np.ndarray


def panels(names: Sequence[str], width: float, height: float) -> tuple[Figure, dict[str, Axes]]:
    """A panel for each network, with its name as title; width and height are of one panel."""
    columns = min(PANELS_IN_A_ROW, len(names))
    rows = -(-len(names) // columns)
    figure, grid = axes(rows, columns, width * columns, height * rows)
    for panel in grid[len(names) :]:
        panel.axis("off")
    for panel, name in zip(grid, names, strict=False):
        panel.set_title(name)
    return figure, dict(zip(names, grid, strict=False))


def heat_map(rows: Sequence[str], columns: Sequence[str], means: np.ndarray, texts: Sequence[Sequence[str]]) -> Figure:
    """Activations down, networks across. Each network has its own scale of shades."""
    width = 0.6 + LETTER * max(map(len, rows)) + 1.45 * len(columns)
    figure, (panel,) = axes(1, 1, max(width, 3.6), 1.2 + 0.5 * len(rows))
    low, high = np.nanmin(means, axis=0), np.nanmax(means, axis=0)
    shade = (means - low) / np.where(high > low, high - low, 1)
    panel.imshow(np.ma.masked_invalid(shade), cmap="Blues", vmin=0, vmax=1.6, aspect="auto")
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            panel.text(j, i, text, ha="center", va="center", fontsize=8, color=INK if means[i, j] > 0 else None)
    panel.set_xticks(range(len(columns)), columns)
    panel.set_yticks(range(len(rows)), rows)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    title = "test accuracy, %: mean and 95 % interval;", "darker is better within a network"
    figure.suptitle((" " if width > WIDE else "\n").join(title))
    return figure


def ranked(networks: Mapping[str, Sequence[Arm]]) -> Figure:
    """The arms of each network, best at the top, with the 95 % intervals of their means."""
    most_arms = max(len(arms) for arms in networks.values())
    longest_name = max(len(arm.name) for arms in networks.values() for arm in arms)
    figure, by_network = panels(list(networks), 2.4 + LETTER * longest_name, 0.9 + 0.28 * most_arms)
    for network, arms in networks.items():
        panel = by_network[network]
        ascending = sorted(arms, key=lambda arm: arm.mean)
        for height, arm in enumerate(ascending):
            colour = line(arm.activation)["color"]
            panel.plot([arm.low, arm.high], [height, height], color=colour, linewidth=2, alpha=0.6)
            panel.plot([arm.mean], [height], marker="o", color=colour)
        panel.set_yticks(range(len(arms)), [arm.name for arm in ascending])
        panel.set_xlabel("test accuracy, %")
    return figure


def pairs(networks: Mapping[str, PairMatrix]) -> Figure:
    """By how many points the row is better than the column; filled if significant after Holm's correction."""
    most_names = max(len(matrix.names) for matrix in networks.values())
    figure, by_network = panels(list(networks), 1.2 + 0.5 * most_names, 1.1 + 0.4 * most_names)
    for network, (names, differences, significant) in networks.items():
        panel = by_network[network]
        filled = np.where(significant, np.sign(differences), 0)
        panel.imshow(np.ma.masked_equal(filled, 0), cmap="PuOr_r", vmin=-2, vmax=2)
        for (i, j), difference in np.ndenumerate(differences):
            if np.isfinite(difference):
                colour = INK if significant[i, j] else None
                panel.text(j, i, f"{difference:+.2f}", ha="center", va="center", fontsize=7, color=colour)
        panel.set_xticks(range(len(names)), names, rotation=60, ha="right")
        panel.set_yticks(range(len(names)), names)
        panel.tick_params(length=0)
    return figure


def against_time(networks: Mapping[str, Sequence[Arm]]) -> Figure:
    """Test accuracy against training seconds of the median run; a marker for each network."""
    figure, (panel,) = axes(1, 1, 8, 4.2)
    labelled: set[str] = set()
    for marker, (network, arms) in zip(MARKERS * len(networks), networks.items(), strict=False):
        for arm in arms:
            label = arm.activation if arm.activation and arm.activation not in labelled else None
            labelled.add(arm.activation or "")
            colour = line(arm.activation)["color"]
            panel.plot([arm.seconds], [arm.mean], marker=marker, color=colour, linestyle="", label=label)
        best = max(arms, key=lambda arm: arm.mean)
        panel.annotate(network, (best.seconds, best.mean), xytext=(0, 6), textcoords="offset points", fontsize=8)
    panel.set_xscale("log")
    panel.set_xlabel("training, s")
    panel.set_ylabel("test accuracy, %")
    _add_legend(figure, [panel])
    return figure


def curves_by_network(
    networks: Mapping[str, Mapping[str, Sequence[tuple[int, float]]]], xlabel: str, ylabel: str
) -> Figure:
    """A panel for each network with a curve for each arm, given as points."""
    figure, by_network = panels(list(networks), 3.3, 3.0)
    for network, curves in networks.items():
        panel = by_network[network]
        for number, (name, points) in enumerate(curves.items()):
            panel.plot(*zip(*points, strict=True), label=name, **_arm_style(name, number))
        panel.set_xlabel(xlabel)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    next(iter(by_network.values())).set_ylabel(ylabel)
    _add_legend(figure, list(by_network.values()))
    return figure


def by_layer(networks: Mapping[str, Mapping[str, Mapping[str, float]]], ylabel: str, log: bool) -> Figure:
    """A panel for each network with a line for each arm over its layers, from the first to the last."""
    figure, by_network = panels(list(networks), 3.3, 3.0)
    for network, arms in networks.items():
        panel = by_network[network]
        for number, (name, layers) in enumerate(arms.items()):
            values = [value if value > 0 or not log else np.nan for value in layers.values()]
            panel.plot(list(layers), values, label=name, **_arm_style(name, number))
        if log:
            panel.set_yscale("log")
        panel.tick_params(axis="x", rotation=45)
    next(iter(by_network.values())).set_ylabel(ylabel)
    _add_legend(figure, list(by_network.values()))
    return figure


def against_setting(accuracy: Lines, probed: Lines, xlabel: str, probed_title: str, log: tuple[bool, bool]) -> Figure:
    """Test accuracy, and a quantity that was probed, against a number that was swept.

    The name of a line begins with its activation, followed by the network. `log` is for the x axis of both panels,
    and for the y axis of the second.
    """
    figure, (left, right) = axes(1, 2, 10, 3.8)
    networks = list(dict.fromkeys(name.split(" ", 1)[1] for name in accuracy))
    for panel, lines, title in ((left, accuracy, "test accuracy, %"), (right, probed, probed_title)):
        for name, points in lines.items():
            activation, network = name.split(" ", 1)
            marker = MARKERS[networks.index(network) % len(MARKERS)]
            label = name if len(networks) > 1 else activation
            panel.plot(*zip(*points.items(), strict=True), label=label, marker=marker, markersize=4, **_line_of(name))
        panel.set_title(title)
        panel.set_xlabel(xlabel)
        if log[0]:
            panel.set_xscale("log")
    if log[1]:
        right.set_yscale("log")
    _add_legend(figure, [left])
    return figure


def _arm_style(name: str, number: int) -> dict[str, Any]:
    """The activation's line; arms with the same activation differ by their markers."""
    has_settings = " " in name.removeprefix(NO_ACTIVATION)
    return {"marker": MARKERS[number % len(MARKERS)] if has_settings else "o", "markersize": 3, **_line_of(name)}


def _line_of(name: str) -> dict[str, Any]:
    """The line of the activation that a name begins with."""
    return line(None if name.startswith((NO_ACTIVATION, "none ")) else name.partition(" ")[0])


def _add_legend(figure: Figure, panels: Sequence[Axes]) -> None:
    """One for all panels."""
    by_label: dict[str, Artist] = {}
    for panel in panels:
        handles, labels = panel.get_legend_handles_labels()
        by_label |= dict(zip(labels, handles, strict=True))
    if by_label:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width + LETTER * max(map(len, by_label)), height)  # so that the panels keep their width
        figure.legend(list(by_label.values()), list(by_label), loc="outside right center")
