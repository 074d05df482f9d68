"""The critical-difference diagram of Demšar (2006): mean ranks, with bars over arms that are not distinguishable."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.panels import LETTER, TWO_COLUMNS
from mnist_exp.figures.style import axes, line, styled

ROW = 0.2  # inches: the height of a name
MOST_LABELS = 15  # ranks that are written on the axis
BAR = 0.55  # rows between two bars
INK = "#000000"  # follows the page's colour
TITLE = "mean rank, 1 is best"


class ArmRank(NamedTuple):
    """The mean rank of an activation."""

    name: str
    mean_rank: float


@styled
def critical_difference_diagram(arms: Sequence[ArmRank], difference: float, groups: Sequence[Sequence[str]]) -> Figure:
    """Mean ranks on an axis, best at the left.

    Args:
        arms: in ascending order of their mean ranks.
        difference: the critical difference, drawn above the axis.
        groups: names of arms that are not distinguishable; each group gets a bar.
    """
    left = arms[: (len(arms) + 1) // 2]
    margin = 0.35 + LETTER * max(len(_label(arm)) for arm in arms)
    length = TWO_COLUMNS - 2 * margin  # inches from the first to the last rank
    first_row = 1 + BAR * len(groups)  # below the axis, of names
    rows = 3.2 + first_row + len(left)
    figure, (panel,) = axes(1, 1, TWO_COLUMNS, ROW * rows)
    per_inch = (len(arms) - 1) / length
    panel.set_xlim(1 - margin * per_inch, len(arms) + margin * per_inch)
    panel.set_ylim(-first_row - len(left) + 0.4, 3.6)
    panel.axis("off")
    _draw_axis(panel, len(arms), difference)
    for row, arm in enumerate(left):
        _draw_arm(panel, arm, -first_row - row, 1 - 0.25 * per_inch, "right")
    for row, arm in enumerate(reversed(arms[len(left) :])):
        _draw_arm(panel, arm, -first_row - row, len(arms) + 0.25 * per_inch, "left")
    ranks = {arm.name: arm.mean_rank for arm in arms}
    for row, group in enumerate(groups):
        ends = [
            min(ranks[name] for name in group) - 0.06 * per_inch,
            max(ranks[name] for name in group) + 0.06 * per_inch,
        ]
        panel.plot(ends, [-0.5 - BAR * row] * 2, color=INK, linewidth=3, solid_capstyle="butt", gid=f"group{row}")
    return figure


def _label(arm: ArmRank) -> str:
    return f"{arm.name} {arm.mean_rank:.2f}"


def _draw_axis(panel: Axes, arms: int, difference: float) -> None:
    panel.plot([1, arms], [0, 0], color=INK, linewidth=1)
    for rank in range(1, arms + 1):
        panel.plot([rank, rank], [0, 0.25], color=INK, linewidth=1)
    for rank in range(1, arms + 1, -(-arms // MOST_LABELS)):
        panel.text(rank, 0.35, str(rank), ha="center", va="bottom")
    panel.text((1 + arms) / 2, 1.25, TITLE, ha="center", va="bottom")
    end, more = 1 + difference, ""
    if end > arms:
        end, more = arms, ", longer than the axis"
    panel.plot([1, end], [2.55, 2.55], color=INK, linewidth=1, marker="|", markersize=7, gid="difference")
    panel.text(1, 2.75, f"critical difference {difference:.2f}{more}", ha="left", va="bottom")


def _draw_arm(panel: Axes, arm: ArmRank, height: float, edge: float, align: str) -> None:
    """A line from the axis down and out to the name."""
    panel.plot([arm.mean_rank, arm.mean_rank, edge], [0, height, height], linewidth=1.3, **line(arm.name))
    panel.text(edge, height, f" {_label(arm)} ", ha=align, va="center")
