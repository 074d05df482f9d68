"""Figures of a study with lines: learning curves, values by layer, accuracy against a setting."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mnist_exp.figures.panels import MARKERS, ONE_COLUMN, TWO_COLUMNS, add_legend, panels, plain_log_labels
from mnist_exp.figures.style import axes, line, styled

NO_ACTIVATION = "(no activation)"  # begins the name of such an arm
LEAST_SHARE = 5  # percent
Lines = Mapping[str, Mapping[float, float]]  # name → x → y


@styled
def curves_by_network(
    networks: Mapping[str, Mapping[str, Sequence[tuple[int, float]]]], xlabel: str, ylabel: str
) -> Figure:
    """A panel for each network with a curve for each arm, given as points."""
    figure, by_network = panels(list(networks), 2.1, 1.9)
    for network, curves in networks.items():
        panel = by_network[network]
        for number, (name, points) in enumerate(curves.items()):
            panel.plot(*zip(*points, strict=True), label=name, **_arm_style(name, number))
        panel.set_xlabel(xlabel)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    next(iter(by_network.values())).set_ylabel(ylabel)
    add_legend(figure, list(by_network.values()))
    return figure


@styled
def by_layer(networks: Mapping[str, Mapping[str, Mapping[str, float]]], title: str, log: bool) -> Figure:
    """A panel for each network with a line for each arm over its layers, from the first to the last."""
    figure, by_network = panels(list(networks), 2.1, 2.1)
    for network, arms in networks.items():
        panel = by_network[network]
        for number, (name, layers) in enumerate(arms.items()):
            values = [value if value > 0 or not log else np.nan for value in layers.values()]
            panel.plot(list(layers), values, label=name, **_arm_style(name, number))
        if log:
            panel.set_yscale("log")
            plain_log_labels(panel.yaxis)
        else:
            panel.set_ylim(_from_zero(panel.get_ylim()[1]))
        panel.tick_params(axis="x", rotation=45)
    figure.suptitle(title)
    add_legend(figure, list(by_network.values()))
    return figure


@styled
def predicted_by_layer(networks: Mapping[str, Mapping[str, Mapping[str, tuple[float, float]]]], title: str) -> Figure:
    """A panel for each network; for each arm a dashed line of what was predicted by layer, and measured points."""
    figure, by_network = panels(list(networks), 2.1, 2.1)
    for network, arms in networks.items():
        panel = by_network[network]
        for number, (name, layers) in enumerate(arms.items()):
            predicted, measured = zip(*layers.values(), strict=True)
            style = _line_of(name)
            panel.plot(list(layers), predicted, **style | {"linestyle": "--", "linewidth": 0.8})
            points = {"linestyle": "", "marker": MARKERS[number % len(MARKERS)], "markersize": 3.5}
            panel.plot(list(layers), measured, label=name, **style | points)
        panel.set_yscale("log")
        plain_log_labels(panel.yaxis)
        panel.tick_params(axis="x", rotation=45)
    figure.suptitle(f"{title}: predicted (dashed), measured (points)")
    add_legend(figure, list(by_network.values()))
    return figure


def _from_zero(top: float) -> tuple[float, float]:
    """The limits of an axis of shares in percent. Five points at least, so that a share of 0 is at its foot."""
    top = max(top, LEAST_SHARE)
    return -0.03 * top, top


@styled
def against_setting(accuracy: Lines, probed: Lines, xlabel: str, probed_title: str, log: tuple[bool, bool]) -> Figure:
    """Test accuracy, and a quantity that was probed, if it was, against a number that was swept.

    The name of a line begins with its activation, followed by the network. `log` is for the x axis of both panels,
    and for the y axis of the second.
    """
    figure, drawn = axes(1, 2 if probed else 1, TWO_COLUMNS if probed else ONE_COLUMN, 2.3)
    networks = list(dict.fromkeys(name.split(" ", 1)[1] for name in accuracy))
    for panel, lines, title in zip(drawn, (accuracy, probed), ("test accuracy, %", probed_title), strict=False):
        for name, points in lines.items():
            activation, network = name.split(" ", 1)
            marker = MARKERS[networks.index(network) % len(MARKERS)]
            label = name if len(networks) > 1 else activation
            panel.plot(*zip(*points.items(), strict=True), label=label, marker=marker, markersize=3, **_line_of(name))
        panel.set_title(title)
        panel.set_xlabel(xlabel)
        if log[0]:
            panel.set_xscale("log")
            plain_log_labels(panel.xaxis)
    if probed and log[1]:
        drawn[1].set_yscale("log")
        plain_log_labels(drawn[1].yaxis)
    add_legend(figure, drawn[:1])
    return figure


def _arm_style(name: str, number: int) -> dict[str, Any]:
    """The activation's line; arms with the same activation differ by their markers."""
    has_settings = " " in name.removeprefix(NO_ACTIVATION)
    return {"marker": MARKERS[number % len(MARKERS)] if has_settings else "o", "markersize": 2.5, **_line_of(name)}


def _line_of(name: str) -> dict[str, Any]:
    """The line of the activation that a name begins with."""
    return line(None if name.startswith((NO_ACTIVATION, "none ")) else name.partition(" ")[0])
