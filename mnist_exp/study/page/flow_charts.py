"""Predicted and measured through depth: dashed lines, and points with the range of the seeds."""

from collections.abc import Iterator, Sequence

from mnist_exp.study.flow import Flow, FlowValue, predicted_flow
from mnist_exp.study.page.chart import (
    OUTLINED,
    Chart,
    Mark,
    Panel,
    Row,
    Spec,
    Table,
    TableRow,
    colour_of,
    point_layer,
    shape_of,
    spec,
    tooltip,
    used_styles,
)
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.page.line_chart import HEIGHT, number_text, places_axis
from mnist_exp.study.page.study_data import StudyData

DASHED = [5, 4]
HEADER = ["network", "arm", "layer", "predicted", "measured", "smallest to largest seed", "measured / predicted", "n"]


def flow_charts(data: StudyData, styles: Sequence[ArmStyle]) -> Iterator[Chart]:
    """A chart for each quantity that was predicted and measured."""
    for flow in predicted_flow(data.networks):
        used = used_styles(styles, {value.arm for value in flow.values})
        networks = list(dict.fromkeys(value.network for value in flow.values))
        yield Chart(
            key=flow.key,
            title=flow.title,
            sentence=flow.sentence,
            how_to_read="Layers from the first to the last. Dashed line: predicted before the training. "
            "Point: measured, mean over the seeds; its line goes from the smallest to the largest seed.",
            panels=[Panel(network, flow_spec(network, flow, data, used)) for network in networks],
            table=Table(HEADER, [_table_row(value, data) for value in flow.values]),
            legend=used,
            marks=[Mark("┅", "ink", "predicted"), Mark("●", "ink", "measured")],
            meaning=flow.meaning,
        )


def flow_spec(network: str, flow: Flow, data: StudyData, styles: Sequence[ArmStyle]) -> Spec:
    """One network."""
    values = [value for value in flow.values if value.network == network]
    x: Spec = {"field": "layer", "type": "ordinal", "title": "layer"}
    x |= places_axis(list(dict.fromkeys(value.layer for value in values)))
    y: Spec = {"type": "quantitative", "title": flow.axis, "scale": {"type": "log"}, "axis": {"tickCount": 5}}
    colour = colour_of(styles)
    line: Spec = {"mark": {"type": "line", "strokeWidth": 2, "strokeDash": DASHED}}
    line["encoding"] = {"x": x, "y": {"field": "predicted", **y}, "color": colour}
    ends: Spec = {"mark": {"type": "rule", "strokeWidth": 2}}
    ends["encoding"] = {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}, "color": colour}
    hover = tooltip(title="title", place="layer", expected="predicted", text="measured", seeds="seeds", n="n")
    place: Spec = {"x": x, "y": {"field": "measured", **y}, "color": colour, "shape": shape_of(styles)}
    dot = point_layer(60, {**place, "tooltip": hover}, **OUTLINED)
    description = f"{flow.title} by layer on {network}, a line and points for each activation."
    return spec([_row(value, data) for value in values], [line, ends, dot], HEIGHT, description, styles)


def _row(value: FlowValue, data: StudyData) -> Row:
    return {
        "arm": value.arm,
        "title": f"{value.network}, {value.arm}",
        "layer": value.layer,
        "place": value.layer,
        "predicted": _rounded(value.predicted),
        "measured": _rounded(value.measured),
        "low": _rounded(value.low),
        "high": _rounded(value.high),
        "expected": number_text(value.predicted),
        "text": number_text(value.measured),
        "seeds": _seeds(value),
        "n": str(value.n),
        "groups": [data.group_of[value.network][value.arm]],
    }


def _rounded(number: float) -> float:
    return float(f"{number:.6g}")


def _seeds(value: FlowValue) -> str:
    return f"{number_text(value.low)} to {number_text(value.high)}" if value.n > 1 else "–"


def _table_row(value: FlowValue, data: StudyData) -> TableRow:
    cells = [value.network, value.arm, value.layer, number_text(value.predicted), number_text(value.measured)]
    return TableRow(
        [*cells, _seeds(value), f"{value.ratio:.2f}", str(value.n)], [data.group_of[value.network][value.arm]]
    )
