"""A chart of the page: its heading, its sentence, its panels, its legend, and the same as a table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnist_exp.study.page.colours import ArmStyle

Spec = dict[str, Any]  # a Vega-Lite specification
Row = dict[str, Any]  # of a specification's data

THIN, THICK = 1.5, 4.5  # widths of the two intervals
FEW_TICKS = {"tickCount": 5, "labelOverlap": True}
OFF = {"name": "off", "value": []}  # the arms that the legend has switched off


@dataclass(frozen=True)
class TableRow:
    """A row of text, and the groups of runs that it is about."""

    cells: list[str]
    groups: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """A chart as numbers."""

    header: list[str]
    rows: list[TableRow]


@dataclass(frozen=True)
class Panel:
    """One network's part of a chart."""

    title: str
    spec: Spec


@dataclass(frozen=True)
class Mark:
    """A marker that means the same in every panel, for a key below the heading."""

    symbol: str
    colour: str  # a variable of the page's style
    meaning: str


@dataclass(frozen=True)
class Chart:
    """What the page's template needs of a chart."""

    key: str
    title: str
    sentence: str
    how_to_read: str
    panels: list[Panel]
    table: Table
    legend: list[ArmStyle] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    choose_panel: bool = False  # one panel at a time, chosen from a list
    wide: bool = False  # panels as wide as the page
    meaning: str = ""  # of the quantity, for the glossary


def spec(
    rows: Sequence[Row], layers: Sequence[Spec], height: int, description: str, styles: Sequence[ArmStyle] = ()
) -> Spec:
    """A specification as wide as its place on the page. Its rows name their arm, by which the legend switches them."""
    made: Spec = {
        "description": description,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": list(rows)},
        "layer": list(layers),
    }
    if styles:
        made |= {"params": [OFF], "transform": [{"filter": "indexof(off, datum.arm) < 0"}]}
    return made


def colour_of(styles: Sequence[ArmStyle]) -> Spec:
    """The channel for an arm's colour, which the page's style defines for light and dark."""
    scale = {"domain": [one.arm for one in styles], "range": [f"var(--arm-{i})" for i in range(len(styles))]}
    return {"field": "arm", "type": "nominal", "scale": scale, "legend": None}


def shape_of(styles: Sequence[ArmStyle]) -> Spec:
    """The channel for an arm's marker."""
    scale = {"domain": [one.arm for one in styles], "range": [one.shape for one in styles]}
    return {"field": "arm", "type": "nominal", "scale": scale, "legend": None}


def dash_of(styles: Sequence[ArmStyle]) -> Spec:
    """The channel for an arm's dashes."""
    scale = {"domain": [one.arm for one in styles], "range": [one.dash for one in styles]}
    return {"field": "arm", "type": "nominal", "scale": scale, "legend": None}


def interval_layer(rows: Sequence[Row], low: str, mark: Spec, encoding: Spec) -> list[Spec]:
    """Lines of the rows that have an interval, given the field of its lower end; no layer if none has."""
    if all(row[low] is None for row in rows):
        return []
    return [{"mark": mark, "encoding": encoding, "transform": [{"filter": f"isValid(datum.{low})"}]}]


def tooltip(**fields: str) -> list[Spec]:
    """What a hover shows: titles and the fields of a row, which are text already. `title` is the heading."""
    return [{"field": name, "type": "nominal", "title": title} for name, title in fields.items()]


def limits(values: Sequence[float], smallest_span: float, share: float = 0.06) -> list[float]:
    """The ends of an axis for these values, a little beyond them and never closer than the smallest span."""
    low, high = min(values), max(values)
    missing = max(smallest_span - (high - low), 0) / 2
    margin = share * max(high - low, smallest_span)
    return [low - missing - margin, high + missing + margin]


def interval_text(low: float | None, high: float | None, form: str = ".2f") -> str:
    """99.20 to 99.34, or a dash."""
    return "–" if low is None or high is None else f"{low:{form}} to {high:{form}}"


def used_styles(styles: Sequence[ArmStyle], arms: Collection[str]) -> list[ArmStyle]:
    """The styles of these arms only."""
    return [one for one in styles if one.arm in arms]
