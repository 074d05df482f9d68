"""The activation functions and their derivatives."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, line
from mnist_exp.models.activations import SATURATED, ZERO

GREY = "#bbbbbb"


class Curve(NamedTuple):
    """An activation function at the points x."""

    x: np.ndarray
    y: np.ndarray
    slope: np.ndarray


def gallery(curves: Mapping[str, Curve]) -> Figure:
    """Every activation with its derivative, shaded where it is saturated, and its properties below."""
    columns = 4
    rows = -(-len(curves) // columns)
    figure, panels = axes(rows, columns, 3.1 * columns, 2.9 * rows, sharex=True)
    for panel in panels[len(curves) :]:
        panel.axis("off")
    for panel in panels[max(len(curves) - columns, 0) : len(curves)]:
        panel.tick_params(labelbottom=True)  # matplotlib labels only the last row, which may be incomplete
    for panel, (name, curve) in zip(panels, curves.items(), strict=False):
        _draw_function_and_derivative(panel, name, curve)
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
    panel.set_xlabel("\n".join(properties(curve)), fontsize=8)


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


def properties(curve: Curve) -> list[str]:
    """Range, where it is saturated or dead, where it is not monotone, and whether it shrinks gradients."""
    lines = [_range(curve)]
    if saturated := _saturated_sides(curve):
        lines.append(f"{'dead' if _is_dead_on_the_left(curve) else 'saturated'} {saturated}")
    lowest = int(curve.y.argmin())
    if 0 < lowest < len(curve.x) - 1 and curve.y[lowest] < curve.y[0] - 1e-6:
        lines.append(f"dips to {_two_decimals(curve.y[lowest])} at {_two_decimals(curve.x[lowest])}: not monotone")
    if (steepest := np.abs(curve.slope).max()) < 0.5:
        lines.append(f"steepest {steepest:.2f}: gradients shrink")
    return lines


def _range(curve: Curve) -> str:
    """Lowest to highest value; infinite if the curve is lowest or highest at an end where it still changes."""
    changing_ends = curve.y[[0, -1]][~is_saturated(curve)[[0, -1]]]
    low, high = curve.y.min(), curve.y.max()
    return (
        f"values {'−∞' if low in changing_ends else _two_decimals(low)} "
        f"to {'∞' if high in changing_ends else _two_decimals(high)}"
    )


def _saturated_sides(curve: Curve) -> str:
    """below −4.6 and above 4.6"""
    flat = is_saturated(curve)
    below, above = _end_of_flat_part(flat, curve.x), _end_of_flat_part(flat[::-1], curve.x[::-1])
    sides = [
        f"{word} {_two_decimals(round(x, 1))}" for word, x in (("below", below), ("above", above)) if x is not None
    ]
    return " and ".join(sides)


def _end_of_flat_part(flat: np.ndarray, x: np.ndarray) -> float | None:
    """Where the flat part ends that begins at the first point; None if the first point is not flat."""
    if not flat[0]:
        return None
    return float(x[-1] if flat.all() else x[np.argmin(flat)])


def _is_dead_on_the_left(curve: Curve) -> bool:
    """Whether in the leftmost quarter the value or the derivative is zero."""
    left = slice(len(curve.x) // 4)
    return bool(((np.abs(curve.slope[left]) < ZERO) | (np.abs(curve.y[left]) < ZERO)).all())


def _two_decimals(value: float) -> str:
    """Without trailing zeros; a minus sign rather than a hyphen, and none before 0."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".").replace("-", "−")
