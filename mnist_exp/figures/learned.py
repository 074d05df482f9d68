"""The functions that the activations of a run learned."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, line, shortened, styled

COLUMNS = 4
GREY, START = "#bbbbbb", "#777777"
TITLE = 34  # letters above a panel
LEAST_RANGE = 1e-5  # a band that is narrower cannot be seen
MOST_PARAMETERS = 3  # below a panel


class Curve(NamedTuple):
    """A function at the points x: the mean over the channels, the smallest and the largest value."""

    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


class LearnedLayer(NamedTuple):
    """The function of a layer at the start and at the end, and its parameters in words, such as a 0.25 → 0.31."""

    start: Curve
    end: Curve
    parameters: list[str]


@styled
def learned_shapes(layers: Mapping[str, LearnedLayer], activation: str | None) -> Figure:
    """A panel for each layer, with its function at the start and at the end of training.

    Lines are means over the channels, and bands go from the smallest to the largest value.
    """
    columns = min(COLUMNS, len(layers))
    rows = -(-len(layers) // columns)
    figure, panels = axes(rows, columns, max(2.5 * columns, 3.4), 2.5 * rows + 0.3)
    for panel in panels[len(layers) :]:
        panel.axis("off")
    colour, bands = line(activation)["color"], dict[str, Artist]()
    for panel, (name, layer) in zip(panels, layers.items(), strict=False):
        panel.axhline(0, color=GREY, linewidth=0.6)
        panel.axvline(0, color=GREY, linewidth=0.6)
        drawn = ((layer.start, "start", START, "--"), (layer.end, "end", colour, "-"))
        for curve, label, shade, dashes in drawn:
            if (curve.high - curve.low).max() > LEAST_RANGE:
                band = panel.fill_between(curve.x, curve.low, curve.high, color=shade, alpha=0.2, linewidth=0)
                bands[f"range over the channels, {label}"] = band
            panel.plot(curve.x, curve.mean, color=shade, linestyle=dashes, label=f"{label} of training")
        panel.set_title(shortened(name, TITLE))
        panel.set_xlabel(_shown(layer.parameters))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend([*handles, *bands.values()], [*labels, *bands], loc="outside upper center", ncols=2)
    return figure


def _shown(parameters: list[str]) -> str:
    more = len(parameters) - MOST_PARAMETERS
    return "\n".join(parameters[:MOST_PARAMETERS] + ([f"and {more} more"] if more > 0 else []))
