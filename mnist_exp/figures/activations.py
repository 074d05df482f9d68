"""The activation functions and their derivatives."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, line
from mnist_exp.models.activations import SATURATED, ZERO


class Curve(NamedTuple):
    x: np.ndarray
    y: np.ndarray
    slope: np.ndarray


def gallery(curves: Mapping[str, Curve]) -> Figure:
    """Every activation with its derivative, shaded where it is saturated, and what to notice below."""
    columns = 4
    rows = -(-len(curves) // columns)
    figure, places = axes(rows, columns, 3.1 * columns, 2.9 * rows, sharex=True)
    for place in places[len(curves) :]:
        place.axis("off")
    for place, (name, curve) in zip(places, curves.items(), strict=False):
        place.axhline(0, color="#bbbbbb", linewidth=0.6)
        place.axvline(0, color="#bbbbbb", linewidth=0.6)
        place.plot(curve.x, curve.y, color=line(name)["color"], linewidth=2, label="function")
        place.plot(curve.x, curve.slope, color="#333333", linewidth=1.2, linestyle=":", label="derivative")
        place.fill_between(
            curve.x,
            0,
            1,
            where=saturated(curve),
            transform=place.get_xaxis_transform(),
            color="#dddddd",
            label="saturated",
        )
        place.set_title(name, fontweight="bold")
        place.set_ylim(-1.8, 3.2)
        place.set_xlabel("\n".join(notices(curve)), fontsize=8)
    handles, labels = places[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def side_by_side(curves: Mapping[str, Curve]) -> Figure:
    """Functions on one pair of axes, derivatives on the other."""
    figure, (functions, slopes) = axes(1, 2, 9, 3.6)
    for name, curve in curves.items():
        width = 3.6 if name == "relu" else 1.6  # leaky_relu lies on it
        functions.plot(curve.x, curve.y, linewidth=width, label=name, **line(name))
        slopes.plot(curve.x, curve.slope, linewidth=width, **line(name))
    for place, title, limits in ((functions, "functions", (-1.3, 3)), (slopes, "derivatives", (-0.2, 1.2))):
        place.axhline(0, color="#bbbbbb", linewidth=0.6)
        place.set_title(title)
        place.set_ylim(*limits)
        place.set_xlim(-6, 6)
    figure.legend(loc="outside right center")
    return figure


def saturated(curve: Curve) -> np.ndarray:
    return np.abs(curve.slope) < SATURATED


def notices(curve: Curve) -> list[str]:
    """What is worth seeing, read off the curve: its range, where it is saturated or dead, whether it dips."""
    said = [_range(curve)]
    outer = {side: at for side in ("left", "right") if (at := _saturates(curve, side)) is not None}
    left = slice(len(curve.x) // 4)
    dead = bool(((np.abs(curve.slope[left]) < ZERO) | (np.abs(curve.y[left]) < ZERO)).all())
    if outer:
        where = " and ".join(f"{'below' if s == 'left' else 'above'} {_short(round(x, 1))}" for s, x in outer.items())
        said.append(f"{'dead' if dead else 'saturated'} {where}")
    lowest = int(curve.y.argmin())
    if 0 < lowest < len(curve.x) - 1 and curve.y[lowest] < curve.y[0] - 1e-6:
        said.append(f"dips to {_short(curve.y[lowest])} at {_short(curve.x[lowest])}: not monotone")
    if curve.slope.max() < 0.5:
        said.append(f"steepest {curve.slope.max():.2f}: gradients shrink")
    return said


def _range(curve: Curve) -> str:
    """From its lowest to its highest value; without end on a side where it still moves."""
    low = "−∞" if curve.slope[0] >= SATURATED else _short(curve.y.min())
    high = "∞" if curve.slope[-1] >= SATURATED else _short(curve.y.max())
    return f"values {low} to {high}"


def _short(value: float) -> str:
    """To two decimals, without zeros that say nothing."""
    return f"{value + 0.0:.2f}".rstrip("0").rstrip(".").replace("-", "−")


def _saturates(curve: Curve, side: str) -> float | None:
    """Where the stretch of small derivatives begins that reaches to the end of the axis on that side."""
    flat = saturated(curve) if side == "left" else saturated(curve)[::-1]
    if not flat[0]:
        return None
    reach = int(np.argmin(flat)) if not flat.all() else len(flat) - 1
    return float(curve.x[reach] if side == "left" else curve.x[::-1][reach])
