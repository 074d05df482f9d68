"""Panels and legends of figures that are one or two columns of a paper wide."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from mnist_exp.figures.style import axes

ONE_COLUMN, TWO_COLUMNS = 85 / 25.4, 175 / 25.4  # inches
LETTER, LINE = 0.062, 0.16  # inches: the width of most letters and the height of a line, at 7 points
MOST_IN_A_ROW = 3
LEAST_SPAN = 0.2  # points of accuracy
MARKERS = "os^Dv<>pPX*h"  # of arms that have one colour


def figure_width(needed: float) -> float:
    """One column if that is enough, else two; in inches."""
    return ONE_COLUMN if needed <= ONE_COLUMN else TWO_COLUMNS


def panels(names: Sequence[str], least_width: float, height: float) -> tuple[Figure, dict[str, Axes]]:
    """A panel for each network, with its name as title; rows are of about equal length.

    Args:
        names: of the networks.
        least_width: that a panel needs with its labels, in inches.
        height: of a panel with its labels, in inches.
    """
    in_a_row = max(1, min(len(names), MOST_IN_A_ROW, int(TWO_COLUMNS / least_width)))
    rows = -(-len(names) // in_a_row)
    columns = -(-len(names) // rows)
    figure, grid = axes(rows, columns, figure_width(columns * least_width), height * rows)
    for panel in grid[len(names) :]:
        panel.axis("off")
    for panel, name in zip(grid, names, strict=False):
        panel.set_title(name)
    return figure, dict(zip(names, grid, strict=False))


def add_legend(figure: Figure, drawn: Sequence[Axes]) -> None:
    """One for all panels, below them; the figure becomes higher by that."""
    by_label: dict[str, Artist] = {}
    for panel in drawn:
        handles, labels = panel.get_legend_handles_labels()
        by_label |= dict(zip(labels, handles, strict=True))
    if not by_label:
        return
    width, height = figure.get_size_inches()
    in_a_row = max(1, min(len(by_label), int(width / (0.5 + LETTER * max(map(len, by_label))))))
    figure.set_size_inches(width, height + LINE * (-(-len(by_label) // in_a_row)) + 0.1)
    figure.legend(
        list(by_label.values()),
        list(by_label),
        loc="outside lower center",
        ncols=in_a_row,
        columnspacing=1.2,
        handlelength=1.8,
        labelspacing=0.3,
    )


def accuracy_limits(low: float, high: float) -> tuple[float, float]:
    """The limits of an axis from the lowest to the highest accuracy in percent, with some room.

    The axis spans 0.2 points at least, so that a difference that means nothing does not fill it.
    """
    room = max(0.06 * (high - low), (LEAST_SPAN - (high - low)) / 2)
    return max(low - room, -0.5), min(high + room, 100.5)


def plain_log_labels(axis: Axis) -> None:
    """Numbers such as 0.02 on a logarithmic axis, in place of 2×10⁻²: more of them on a short axis."""

    def label(value: float, _position: int | None) -> str:
        low, high = sorted(axis.get_view_interval())
        first_digit = f"{value:.0e}"[0]
        shown = "1" if high > 30 * low else "125" if high > 4 * low else "123456789"
        return f"{value:g}" if first_digit in shown else ""

    axis.set_major_formatter(FuncFormatter(label))
    axis.set_minor_formatter(FuncFormatter(label))
