"""Figures of a study: a heat map, ranks with intervals, pairs, accuracy against time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, line

PANELS_IN_A_ROW = 4
LETTER = 0.075  # inches, about the width of a letter
WIDE = 6.5  # inches: a title of 75 letters fits
MARKERS = "os^Dv<>pPX*h"  # of networks
INK = "#111111"  # for text on a coloured background, whatever the page's colour; plain black follows the page


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
    better: np.ndarray  # where a difference is shown
    equivalent: np.ndarray


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
    """By how many points the row is better than the column: filled if that is shown, = if the two are equivalent."""
    most_names = max(len(matrix.names) for matrix in networks.values())
    figure, by_network = panels(list(networks), 1.2 + 0.5 * most_names, 1.1 + 0.4 * most_names)
    for network, (names, differences, better, equivalent) in networks.items():
        panel = by_network[network]
        filled = np.where(better, np.sign(differences), 0)
        panel.imshow(np.ma.masked_equal(filled, 0), cmap="PuOr_r", vmin=-2, vmax=2)
        for (i, j), difference in np.ndenumerate(differences):
            if np.isfinite(difference):
                colour = INK if better[i, j] else None
                text = f"{difference:+.2f}" + ("\n=" if equivalent[i, j] else "")
                panel.text(j, i, text, ha="center", va="center", fontsize=7, color=colour)
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
    add_legend(figure, [panel])
    return figure


def add_legend(figure: Figure, panels: Sequence[Axes]) -> None:
    """One for all panels."""
    by_label: dict[str, Artist] = {}
    for panel in panels:
        handles, labels = panel.get_legend_handles_labels()
        by_label |= dict(zip(labels, handles, strict=True))
    if by_label:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width + LETTER * max(map(len, by_label)), height)  # so that the panels keep their width
        figure.legend(list(by_label.values()), list(by_label), loc="outside right center")
