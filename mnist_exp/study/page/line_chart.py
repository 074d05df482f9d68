"""Panels with a line for each arm: means, and a band from the smallest to the largest value over the seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mnist_exp.study.page.chart import (
    Panel,
    Row,
    Spec,
    TableRow,
    colour_of,
    dash_of,
    point_layer,
    shape_of,
    spec,
    tooltip,
)
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.page.short_names import label_expression, short_names

HEIGHT, WIDTH, CHARACTER = 210, 230, 7.0  # pixels: of a panel, at least, and of a letter
MOST_CHARACTERS = 16  # of a name below a chart
MOST_MARKERS = 12  # on a line; more hide it
BAND = "The band goes from the smallest to the largest value over the seeds."


@dataclass(frozen=True)
class LinePoint:
    """A place on an arm's line, with the spread over its seeds."""

    network: str
    arm: str
    x: float | str
    mean: float
    low: float
    high: float
    n: int
    groups: list[int] = field(default_factory=list)
    at_chance: bool = False  # whether a run did not learn

    @classmethod
    def of(
        cls,
        network: str,
        arm: str,
        x: float | str,
        values: Sequence[float],
        groups: Sequence[int],
        at_chance: bool = False,
    ) -> "LinePoint":
        """The mean and the ends of some values."""
        ends = min(values), max(values)
        return cls(network, arm, x, sum(values) / len(values), *ends, len(values), list(groups), at_chance)


@dataclass(frozen=True)
class Axes:
    """Titles and scales. `x_type` is quantitative, or ordinal for places in the order of the points."""

    x_title: str
    y_title: str
    x_type: str = "quantitative"
    x_log: bool = False
    y_log: bool = False
    whole_x: bool = False  # marks of the x axis at whole numbers only
    lines: bool = True  # bands and lines; else points with whiskers


def line_panels(points: Sequence[LinePoint], axes: Axes, styles: Sequence[ArmStyle]) -> list[Panel]:
    """A panel for each network."""
    networks = list(dict.fromkeys(point.network for point in points))
    return [
        Panel(network, line_spec(network, [point for point in points if point.network == network], axes, styles))
        for network in networks
    ]


def line_spec(network: str, points: Sequence[LinePoint], axes: Axes, styles: Sequence[ArmStyle]) -> Spec:
    """Lines with bands; a single place has points with whiskers instead."""
    x, y = _x(points, axes), _y(axes)
    places = {point.x for point in points}
    colour, hover = colour_of(styles), tooltip(title="title", place=axes.x_title, text="mean", ends="seeds", n="n")
    whole = {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}, "color": colour}
    if axes.y_log and any(point.low <= 0 for point in points):
        points = [point for point in points if point.low > 0]
    band: Spec = {"mark": {"type": "area", "opacity": 0.16, "interpolate": "linear"}, "encoding": whole}
    if len(places) == 1 or not axes.lines:
        band = {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": whole}
    line: Spec = {"mark": {"type": "line", "strokeWidth": 2}}
    line["encoding"] = {"x": x, "y": {"field": "mean", **y}, "color": colour, "strokeDash": dash_of(styles)}
    size = 55 if len(places) <= MOST_MARKERS else 14
    place: Spec = {"x": x, "y": {"field": "mean", **y}, "color": colour, "shape": shape_of(styles)}
    dot = point_layer(size, {**place, "tooltip": hover}, cursor="pointer")
    description = f"{axes.y_title} by {axes.x_title} on {network}, a line for each activation."
    return spec([_row(point) for point in points], [band, line, dot], HEIGHT, description, styles)


def _x(points: Sequence[LinePoint], axes: Axes) -> Spec:
    x: Spec = {"field": "x", "type": axes.x_type, "title": axes.x_title}
    if axes.x_type == "ordinal":
        return x | places_axis([str(name) for name in dict.fromkeys(point.x for point in points)])
    scale: dict[str, Any] = {"nice": False} if axes.x_log else {"zero": False, "nice": False}
    axis: dict[str, Any] = {"grid": False, "labelOverlap": True}
    places = sorted({point.x for point in points if not isinstance(point.x, str)})
    if axes.x_log:
        scale["type"] = "log"
        axis["values"] = places if len(places) <= 8 else None
    if axes.whole_x:
        axis |= {"tickMinStep": 1, "format": "d"}
        if len(places) <= 8:
            axis["values"] = places
    return x | {"scale": scale | {"padding": 10}, "axis": axis}


def places_axis(names: Sequence[str]) -> Spec:
    """Names below one another's places: level if there is room, else upright."""
    short = short_names(names, MOST_CHARACTERS)
    level = max(map(len, short.values())) * CHARACTER <= WIDTH / len(names)
    axis = {"labelAngle": 0 if level else -90, "labelLimit": 120, "grid": False, "labelExpr": label_expression(short)}
    return {"sort": list(names), "axis": axis}


def _y(axes: Axes) -> Spec:
    scale = {"type": "log"} if axes.y_log else {"zero": False}
    return {"type": "quantitative", "title": axes.y_title, "scale": scale, "axis": {"tickCount": 5}}


def _row(point: LinePoint) -> Row:
    return {
        "arm": point.arm,
        "title": f"{point.network}, {point.arm}",
        "x": point.x,
        "place": point.x if isinstance(point.x, str) else f"{point.x:g}",
        "mean": _rounded(point.mean),
        "low": _rounded(point.low),
        "high": _rounded(point.high),
        "text": number_text(point.mean),
        "ends": ends_text(point),
        "n": str(point.n),
        "groups": point.groups,
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def number_text(value: float) -> str:
    """Four digits."""
    return f"{value:.4g}"


def ends_text(point: LinePoint) -> str:
    """98.1 to 98.4, or a dash for a single seed."""
    return f"{number_text(point.low)} to {number_text(point.high)}" if point.n > 1 else "–"


def table_rows(points: Sequence[LinePoint]) -> list[TableRow]:
    """Network, arm, place, mean, ends and number of seeds."""
    return [
        TableRow(
            [
                *(point.network, point.arm, point.x if isinstance(point.x, str) else f"{point.x:g}"),
                *(number_text(point.mean), ends_text(point), str(point.n)),
            ],
            point.groups,
        )
        for point in points
    ]
