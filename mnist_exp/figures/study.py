"""What a study found, drawn: a heat map, ranks with intervals, pairs, accuracy against time, curves and gradients."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mnist_exp.figures.style import axes, line

ACROSS = 4  # panels in a row
WORD = 0.075  # inches a letter
WIDE = 6.5  # inches: a title of 75 letters fits
MARKERS = "os^Dv<>pPX*h"  # of networks
INK = "#111111"  # on a coloured ground, whatever the page around it; plain black follows the page


class Arm(NamedTuple):
    """One activation (and what else was swept) on one network; accuracies in %."""

    name: str
    activation: str | None
    mean: float
    low: float
    high: float
    seconds: float


def panels(names: Sequence[str], width: float, height: float) -> tuple[Figure, dict[str, Axes]]:
    """A panel for each network, named."""
    columns = min(ACROSS, len(names))
    figure, places = axes(-(-len(names) // columns), columns, width * columns, height * -(-len(names) // columns))
    for place in places[len(names) :]:
        place.axis("off")
    for place, name in zip(places, names, strict=False):
        place.set_title(name)
    return figure, dict(zip(names, places, strict=False))


def heat_map(rows: Sequence[str], columns: Sequence[str], means: np.ndarray, texts: Sequence[Sequence[str]]) -> Figure:
    """Activations down, networks across; shaded within each network, whose accuracies are of one order."""
    width = 0.6 + WORD * max(map(len, rows)) + 1.45 * len(columns)
    figure, (place,) = axes(1, 1, max(width, 3.6), 1.2 + 0.5 * len(rows))
    low, high = np.nanmin(means, axis=0), np.nanmax(means, axis=0)
    shade = (means - low) / np.where(high > low, high - low, 1)
    place.imshow(np.ma.masked_invalid(shade), cmap="Blues", vmin=0, vmax=1.6, aspect="auto")
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            place.text(j, i, text, ha="center", va="center", fontsize=8, color=INK if means[i, j] > 0 else None)
    place.set_xticks(range(len(columns)), columns)
    place.set_yticks(range(len(rows)), rows)
    place.tick_params(length=0)
    place.spines[:].set_visible(False)
    lines = "test accuracy, %: mean and 95 % interval;", "darker is better within a network"
    figure.suptitle((" " if width > WIDE else "\n").join(lines))
    return figure


def ranked(groups: Mapping[str, Sequence[Arm]]) -> Figure:
    """The arms of each network, best at the top, with the 95 % interval of their means."""
    most = max(len(arms) for arms in groups.values())
    longest = max(len(arm.name) for arms in groups.values() for arm in arms)
    figure, places = panels(list(groups), 2.4 + WORD * longest, 0.9 + 0.28 * most)
    for network, arms in groups.items():
        place = places[network]
        rising = sorted(arms, key=lambda arm: arm.mean)
        for height, arm in enumerate(rising):
            colour = line(arm.activation)["color"]
            place.plot([arm.low, arm.high], [height, height], color=colour, linewidth=2, alpha=0.6)
            place.plot([arm.mean], [height], marker="o", color=colour)
        place.set_yticks(range(len(arms)), [arm.name for arm in rising])
        place.set_xlabel("test accuracy, %")
    return figure


def pairs(groups: Mapping[str, tuple[Sequence[str], np.ndarray, np.ndarray]]) -> Figure:
    """By how many points the row is ahead of the column; filled where that is significant after Holm's correction."""
    most = max(len(names) for names, *_ in groups.values())
    figure, places = panels(list(groups), 1.2 + 0.5 * most, 1.1 + 0.4 * most)
    for network, (names, differences, significant) in groups.items():
        place = places[network]
        filled = np.where(significant, np.sign(differences), 0)
        place.imshow(np.ma.masked_equal(filled, 0), cmap="PuOr_r", vmin=-2, vmax=2)
        for (i, j), difference in np.ndenumerate(differences):
            if np.isfinite(difference):
                colour = INK if significant[i, j] else None
                place.text(j, i, f"{difference:+.2f}", ha="center", va="center", fontsize=7, color=colour)
        place.set_xticks(range(len(names)), names, rotation=60, ha="right")
        place.set_yticks(range(len(names)), names)
        place.tick_params(length=0)
    return figure


def against_time(groups: Mapping[str, Sequence[Arm]]) -> Figure:
    """What accuracy costs: training seconds of the median run."""
    figure, (place,) = axes(1, 1, 8, 4.2)
    named: set[str] = set()
    for marker, (network, arms) in zip(MARKERS * len(groups), groups.items(), strict=False):
        for arm in arms:
            label = arm.activation if arm.activation and arm.activation not in named else None
            named.add(arm.activation or "")
            colour = line(arm.activation)["color"]
            place.plot([arm.seconds], [arm.mean], marker=marker, color=colour, linestyle="", label=label)
        best = max(arms, key=lambda arm: arm.mean)
        place.annotate(network, (best.seconds, best.mean), xytext=(0, 6), textcoords="offset points", fontsize=8)
    place.set_xscale("log")
    place.set_xlabel("training, s")
    place.set_ylabel("test accuracy, %")
    _legend(figure, {"": place})
    return figure


def overlaid(groups: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]], xlabel: str, ylabel: str) -> Figure:
    """For each network a line for each activation."""
    figure, places = panels(list(groups), 3.3, 3.0)
    for network, lines in groups.items():
        for i, (name, points) in enumerate(lines.items()):
            place, style = places[network], _style(name, i)
            place.plot(*zip(*points, strict=True), label=name, **style)
            place.set_xlabel(xlabel)
            place.xaxis.set_major_locator(MaxNLocator(integer=True))
    next(iter(places.values())).set_ylabel(ylabel)
    _legend(figure, places)
    return figure


def by_layer(groups: Mapping[str, Mapping[str, Mapping[str, float]]], ylabel: str, log: bool) -> Figure:
    """For each network a line for each activation over its layers, from the pixels to the logits."""
    figure, places = panels(list(groups), 3.3, 3.0)
    for network, lines in groups.items():
        place = places[network]
        for i, (name, layers) in enumerate(lines.items()):
            values = [value if value > 0 or not log else np.nan for value in layers.values()]
            place.plot(list(layers), values, label=name, **_style(name, i))
        if log:
            place.set_yscale("log")
        place.tick_params(axis="x", rotation=45)
    next(iter(places.values())).set_ylabel(ylabel)
    _legend(figure, places)
    return figure


def against(
    accuracy: Mapping[str, Mapping[float, float]],
    inside: Mapping[str, Mapping[float, float]],
    xlabel: str,
    title: str,
    log: tuple[bool, bool],
) -> Figure:
    """Test accuracy, and what went on inside, against a swept number; log: of that axis, of the inside's values."""
    figure, places = axes(1, 2, 10, 3.8)
    networks = list(dict.fromkeys(name.split(" ", 1)[1] for name in accuracy))
    for place, lines, heading in zip(places, (accuracy, inside), ("test accuracy, %", title), strict=True):
        for name, points in lines.items():
            activation, network = name.split(" ", 1)
            style = {"marker": MARKERS[networks.index(network) % len(MARKERS)], "markersize": 4, **line(activation)}
            label = name if len(networks) > 1 else activation
            place.plot(list(points), list(points.values()), label=label, **style)
        place.set_title(heading)
        place.set_xlabel(xlabel)
        if log[0]:
            place.set_xscale("log")
    if log[1]:
        places[1].set_yscale("log")
    _legend(figure, {"": places[0]})
    return figure


def _style(name: str, number: int) -> dict[str, Any]:
    """The activation's colour; arms of one activation are told apart by their markers."""
    activation, _, rest = name.partition(" ")
    return {"marker": MARKERS[number % len(MARKERS)] if rest else "o", "markersize": 3, **line(activation)}


def _legend(figure: Figure, places: Mapping[str, Axes]) -> None:
    """One for all panels."""
    entries: dict[str, Artist] = {}
    for place in places.values():
        handles, labels = place.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    if entries:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width + WORD * max(map(len, entries)), height)  # or its panels would make room for it
        figure.legend(list(entries.values()), list(entries), loc="outside right center")
