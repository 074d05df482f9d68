"""The activation functions and their derivatives."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, line
from mnist_exp.models.activations import SATURATED

GREY = "#bbbbbb"


class Curve(NamedTuple):
    """An activation function at the points x."""

    x: np.ndarray
    y: np.ndarray
    slope: np.ndarray


def gallery(curves: Mapping[str, Curve], captions: Mapping[str, Sequence[str]]) -> Figure:
    """Every activation with its derivative, shaded where it is saturated, and the lines of its caption below."""
    columns = 4
    rows = -(-len(curves) // columns)
    figure, panels = axes(rows, columns, 3.1 * columns, 2.9 * rows, sharex=True)
    for panel in panels[len(curves) :]:
        panel.axis("off")
    for panel in panels[max(len(curves) - columns, 0) : len(curves)]:
        panel.tick_params(labelbottom=True)  # matplotlib labels only the last row, which may be incomplete
    for panel, (name, curve) in zip(panels, curves.items(), strict=False):
        _draw_function_and_derivative(panel, name, curve)
        panel.set_xlabel("\n".join(captions[name]), fontsize=8)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def _draw_function_and_derivative(panel: Axes, name: str, curve: Curve) -> None:
    panel.axhline(0, color=GREY, linewidth=0.6)
    panel.axvline(0, color=GREY, linewidth=0.6)
    panel.plot(curve.x, curve.y, color=line(name)["color"], linewidth=2, label="function")
    panel.plot(curve.x, curve.slope, color="#333333", linewidth=1.2, linestyle=":", label="derivative")
    full_height = panel.get_xaxis_transform()
    where = is_saturated(curve)
    panel.fill_between(curve.x, 0, 1, where=where, transform=full_height, color="#dddddd", label="saturated")
    panel.set_title(name, fontweight="bold")
    panel.set_ylim(-1.8, 3.2)


def side_by_side(curves: Mapping[str, Curve]) -> Figure:
    """All functions in one panel, all derivatives in another."""
    figure, (functions, derivatives) = axes(1, 2, 9, 3.6)
    for name, curve in curves.items():
        width = 3.6 if name == "relu" else 1.6  # so that leaky_relu does not hide it
        functions.plot(curve.x, curve.y, linewidth=width, label=name, **line(name))
        derivatives.plot(curve.x, curve.slope, linewidth=width, **line(name))
    for panel, title, limits in ((functions, "functions", (-1.3, 3)), (derivatives, "derivatives", (-0.2, 1.2))):
        panel.axhline(0, color=GREY, linewidth=0.6)
        panel.set_title(title)
        panel.set_ylim(*limits)
        panel.set_xlim(-6, 6)
    figure.legend(loc="outside right center")
    return figure


def is_saturated(curve: Curve) -> np.ndarray:
    """For each point."""
    saturated: np.ndarray = np.abs(curve.slope) < SATURATED
    return saturated
