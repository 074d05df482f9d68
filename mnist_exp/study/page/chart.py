"""A chart of the page: its heading, its sentence, its panels, its legend, and the same as a table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.page.short_names import label_expression, short_names

Spec = dict[str, Any]  # a Vega-Lite specification
Row = dict[str, Any]  # of a specification's data

THIN, THICK = 1.5, 4.5  # widths of the two intervals
MOST_CHARACTERS, LABEL_WIDTH = 22, 200  # of a name beside a chart; pixels
FEW_TICKS = {"tickCount": 5, "labelOverlap": True, "labelSeparation": 6}
OUTLINED = {"stroke": "var(--ground)", "strokeWidth": 1, "cursor": "pointer"}  # a marker on an interval
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
    return _by_arm(styles, [f"var(--arm-{i})" for i in range(len(styles))])


def shape_of(styles: Sequence[ArmStyle]) -> Spec:
    """The channel for an arm's marker."""
    return _by_arm(styles, [one.shape for one in styles])


def dash_of(styles: Sequence[ArmStyle]) -> Spec:
    """The channel for an arm's dashes."""
    return _by_arm(styles, [one.dash for one in styles])


def _by_arm(styles: Sequence[ArmStyle], values: Sequence[Any]) -> Spec:
    return one_of_each("arm", [one.arm for one in styles], values)


def one_of_each(field: str, names: Sequence[str], values: Sequence[Any]) -> Spec:
    """A channel with a colour, say, for each name that a field can have."""
    scale = {"domain": list(names), "range": list(values)}
    return {"field": field, "type": "nominal", "scale": scale, "legend": None}


def names_axis(names: Sequence[str], **more: Any) -> Spec:
    """An axis of names, which need no ticks. Long ones are shortened."""
    return labels_axis(dict(short_names(names, MOST_CHARACTERS)), **more)


def labels_axis(labels: Mapping[str, str | list[str]], **more: Any) -> Spec:
    """An axis with these labels for its names."""
    axis = {"labelLimit": LABEL_WIDTH, "ticks": False, "domain": False, "labelPadding": 8}
    return {**axis, "labelExpr": label_expression(labels), **more}


def point_layer(size: int, encoding: Spec, **mark: Any) -> Spec:
    """Filled markers."""
    return {"mark": {"type": "point", "filled": True, "size": size, "opacity": 1, **mark}, "encoding": encoding}


def interval_layer(rows: Sequence[Row], low: str, mark: Spec, encoding: Spec) -> list[Spec]:
    """Lines of the rows that have an interval, given the field of its lower end; no layer if none has."""
    if all(row[low] is None for row in rows):
        return []
    return [{"mark": mark, "encoding": encoding, "transform": [{"filter": f"isValid(datum.{low})"}]}]


def both_intervals(rows: Sequence[Row], x: Spec, encoding: Spec) -> list[Spec]:
    """Lines along x: a thin one over seeds and images, and on it a thick one over seeds."""
    return [
        layer
        for start, end, width in (("low_images", "high_images", THIN), ("low", "high", THICK))
        for layer in interval_layer(
            rows,
            start,
            {"type": "rule", "strokeWidth": width, "strokeCap": "round"},
            {"x": {"field": start, **x}, "x2": {"field": end}, **encoding},
        )
    ]


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
