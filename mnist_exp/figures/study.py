"""Figures of a study: a heat map, ranks with intervals, pairs, accuracy against time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.panels import (
    LETTER,
    LINE,
    MARKERS,
    TWO_COLUMNS,
    accuracy_limits,
    add_legend,
    figure_width,
    panels,
)
from mnist_exp.figures.style import SMALL, axes, line, styled

SHADE, PALER = 0.5, 0.25  # of the colour map: not shown to be worse, and the darkest of those that are
NUMBER, INTERVAL = 6 * LETTER, 16 * LETTER  # inches: the width of a cell with one number, or with an interval too
INK, GREY = "#111111", "#cccccc"  # of text on a coloured background, and of lines between cells


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


@styled
def heat_map(networks: Mapping[str, Sequence[Arm]], worse: Mapping[str, Sequence[str]]) -> Figure:
    """Activations down, networks across.

    Args:
        networks: the arms of each network.
        worse: by network, the arms to which another one is shown to be better. They are paler, the more so the further
            they are below the best. All others have one shade, so that chance is not coloured.
    """
    rows = list(dict.fromkeys(arm.name for arms in networks.values() for arm in arms))
    labels = 0.3 + LETTER * max(map(len, rows))
    width = figure_width(labels + INTERVAL * len(networks))
    with_interval = width - labels >= INTERVAL * len(networks)
    width = max(width, labels + NUMBER * len(networks))
    height = 0.75 + LINE * (2.2 if with_interval else 1.5) * len(rows)
    figure, (panel,) = axes(1, 1, width, height)
    shades = np.full((len(rows), len(networks)), np.nan)
    for column, (network, arms) in enumerate(networks.items()):
        best = max(arm.mean for arm in arms)
        for arm in arms:
            row = rows.index(arm.name)
            shades[row, column] = _shade(best - arm.mean) if arm.name in worse.get(network, ()) else SHADE
            text = f"{arm.mean:.2f}"
            if with_interval and arm.high > arm.low:
                text += f"\n{arm.low:.2f} to {arm.high:.2f}"
            panel.text(column, row, text, ha="center", va="center", fontsize=SMALL, color=INK)
    panel.imshow(np.ma.masked_invalid(shades), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    slanted = any(LETTER * len(name) > (width - labels) / len(networks) for name in networks)
    panel.set_xticks(
        range(len(networks)), list(networks), rotation=30 if slanted else 0, ha="right" if slanted else "center"
    )
    panel.set_yticks(range(len(rows)), rows)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    figure.suptitle("test accuracy, %; paler: shown to be worse")
    return figure


def _shade(points: float) -> float:
    """Of an arm that is shown to be worse by so many points: white at 3 points and more."""
    return PALER * (1 - min(points / 3, 1))


def _limits(arms: Sequence[Arm]) -> tuple[float, float]:
    return accuracy_limits(min(arm.low for arm in arms), max(arm.high for arm in arms))


@styled
def ranked(networks: Mapping[str, Sequence[Arm]]) -> Figure:
    """The arms of each network, best at the top, with the 95 % intervals of their means."""
    most_arms = max(len(arms) for arms in networks.values())
    longest_name = max(len(arm.name) for arms in networks.values() for arm in arms)
    figure, by_network = panels(list(networks), 1.5 + LETTER * longest_name, 0.65 + LINE * most_arms)
    for network, arms in networks.items():
        panel = by_network[network]
        ascending = sorted(arms, key=lambda arm: arm.mean)
        for height, arm in enumerate(ascending):
            colour = line(arm.activation)["color"]
            panel.plot([arm.low, arm.high], [height, height], color=colour, linewidth=1.6, alpha=0.6)
            panel.plot([arm.mean], [height], marker="o", markersize=4, color=colour)
        panel.set_yticks(range(len(arms)), [arm.name for arm in ascending])
        panel.set_ylim(-0.6, len(arms) - 0.4)
        panel.set_xlim(_limits(arms))
        panel.locator_params(axis="x", nbins=5)
        panel.set_xlabel("test accuracy, %")
    return figure


@styled
def pairs(networks: Mapping[str, PairMatrix]) -> Figure:
    """By how many points the row is better than the column: filled if that is shown, = if the two are equivalent."""
    most = max(len(matrix.names) for matrix in networks.values())
    labels = 0.25 + LETTER * max(len(name) for matrix in networks.values() for name in matrix.names)
    with_numbers = labels + NUMBER * most <= TWO_COLUMNS
    cell = NUMBER if with_numbers else min(2 * LETTER, (TWO_COLUMNS - labels) / most)
    figure, by_network = panels(list(networks), labels + cell * most, 0.3 + labels + 0.8 * cell * most)
    for network, (names, differences, better, equivalent) in networks.items():
        panel = by_network[network]
        filled = np.where(better, np.sign(differences), 0)
        panel.imshow(np.ma.masked_equal(filled, 0), cmap="PuOr_r", vmin=-2, vmax=2, aspect="auto")
        for (i, j), difference in np.ndenumerate(differences):
            text = f"{difference:+.2f}".replace("-0.00", "+0.00") if with_numbers and np.isfinite(difference) else ""
            text = "\n".join(filter(None, [text, "=" if equivalent[i, j] else ""]))
            if text:
                panel.text(j, i, text, ha="center", va="center", fontsize=SMALL, linespacing=0.9, color=INK)
        panel.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor")
        panel.set_yticks(range(len(names)), names)
        _draw_cells(panel, len(names))
    return figure


def _draw_cells(panel: Axes, count: int) -> None:
    """Grey lines between the cells of a square matrix."""
    panel.tick_params(which="both", length=0)
    panel.spines[:].set(visible=True, color=GREY)
    edges = np.arange(count - 1) + 0.5
    panel.set_xticks(edges, minor=True)
    panel.set_yticks(edges, minor=True)
    panel.grid(which="minor", color=GREY, linewidth=0.5)


@styled
def against_time(networks: Mapping[str, Sequence[Arm]]) -> Figure:
    """Test accuracy against training seconds of the median run, a panel for each network."""
    figure, by_network = panels(list(networks), 2.1, 1.9)
    for network, arms in networks.items():
        panel = by_network[network]
        for number, arm in enumerate(arms):
            marker, colour = MARKERS[number % len(MARKERS)], line(arm.activation)["color"]
            panel.vlines([arm.seconds], arm.low, arm.high, color=colour, linewidth=1.2, alpha=0.6)
            panel.plot(
                [arm.seconds], [arm.mean], marker=marker, markersize=4.5, color=colour, linestyle="", label=arm.name
            )
        panel.set_xlim(0, 1.1 * max(arm.seconds for arm in arms) or 1)
        panel.locator_params(axis="x", nbins=5)
        panel.set_ylim(_limits(arms))
        panel.set_xlabel("training, s")
    next(iter(by_network.values())).set_ylabel("test accuracy, %")
    add_legend(figure, list(by_network.values()))
    return figure
