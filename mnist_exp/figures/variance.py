"""The figure of a study of the sources of variance: the spread that each source causes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.figure import Figure

from mnist_exp.figures.panels import MARKERS, add_legend, panels
from mnist_exp.figures.style import line, styled

WIDTH = 0.16  # between the marks of two arms, where one source takes 1
TALLEST = 3.0  # largest sds: an interval of two runs would reach far beyond all others


class Point(NamedTuple):
    """An sd in points of accuracy with its 95 % interval."""

    sd: float
    low: float
    high: float


class ArmSpread(NamedTuple):
    """One activation (and what else was swept) on one network: its spread by source."""

    name: str
    activation: str | None
    points: Mapping[str, Point]


@styled
def spread_by_source(networks: Mapping[str, Sequence[ArmSpread]]) -> Figure:
    """A panel for each network: the sd of each source with its interval, the arms side by side."""
    sources = list(dict.fromkeys(source for arms in networks.values() for arm in arms for source in arm.points))
    figure, by_network = panels(list(networks), 0.7 + 0.6 * len(sources), 2.2)
    for network, arms in networks.items():
        panel = by_network[network]
        for number, arm in enumerate(arms):
            offset = WIDTH * (number - (len(arms) - 1) / 2)
            places = [sources.index(source) + offset for source in arm.points]
            sds, lows, highs = zip(*arm.points.values(), strict=True)
            colour, marker = line(arm.activation)["color"], MARKERS[number % len(MARKERS)]
            panel.vlines(places, lows, highs, color=colour, linewidth=2, alpha=0.6)
            panel.plot(
                places, sds, linestyle="", marker=marker, markersize=4.5, color=colour, label=arm.name, clip_on=False
            )
        panel.set_xticks(range(len(sources)), [source.replace(" ", "\n", 1) for source in sources])
        panel.set_xlim(-0.6, len(sources) - 0.4)
        points = [point for arm in arms for point in arm.points.values()]
        top = min(max(point.high for point in points), TALLEST * max(point.sd for point in points))
        panel.set_ylim(0, 1.08 * top or 1)
    next(iter(by_network.values())).set_ylabel("sd of the test accuracy, points")
    add_legend(figure, list(by_network.values()))
    return figure
