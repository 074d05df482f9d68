"""Which measured property goes with accuracy: rank correlations with their intervals."""

from collections.abc import Sequence

from mnist_exp.study.association_sentence import association_sentence, correlation_text, signed
from mnist_exp.study.associations import FEWEST, Association, associations
from mnist_exp.study.page.chart import (
    Chart,
    Mark,
    Panel,
    Row,
    Spec,
    Table,
    TableRow,
    names_axis,
    point_layer,
    spec,
    tooltip,
)
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.rank_correlation import RankCorrelation

HEADER = ["where", "property", "activations", "rank correlation", "95 % interval", "p", "p, adjusted"]
ROW_HEIGHT = 28  # pixels
SHOWN = Mark("●", "better", "shown")
NOT_SHOWN = Mark("■", "soft", "not shown")
SHAPES = {"●": "circle", "■": "square"}
MEANING = (
    "The correlation of two orders of the activations: by a property and by accuracy. It is 1 if both are the same, "
    "−1 if one is the reverse of the other. Activations differ in many ways at once, so an association does not say "
    "what would happen if only this property changed."
)
HOW_TO_READ = (
    "Point: Spearman's rank correlation over the activations that learned, each a mean over its seeds. Line: 95 % "
    "interval (Bonett and Wright 2000), for activations like these. Shown: p below 0.05 by permutations, adjusted for "
    "all correlations here (Holm). The seeds' own spread is not in the interval. Gradients are those of the first "
    "step; dead units, saturated inputs and kurtosis are means over the layers at the end. "
    f"At least {FEWEST} activations."
)


def association_chart(data: StudyData) -> Chart | None:
    """A panel for each block; a sentence alone if it has too few activations; None without anything measured."""
    found = associations(data.by_cell)
    if not found.found and not found.probed:
        return None
    blocks = list(dict.fromkeys(one.block for one in found.found))
    with_data = len({block.data for block in blocks}) > 1
    names = {block: block.block if with_data else block.block.removesuffix(f" on {block.data}") for block in blocks}
    by_name = {names[block]: [one for one in found.found if one.block == block] for block in blocks}
    return Chart(
        key="associations",
        title="Measured properties and accuracy",
        sentence=association_sentence(found),
        how_to_read=HOW_TO_READ if blocks else "",
        panels=[Panel(name, association_spec(name, ones)) for name, ones in by_name.items() if _any(ones)],
        table=Table(HEADER, [_table_row(name, one) for name, ones in by_name.items() for one in ones]),
        marks=[SHOWN, NOT_SHOWN] if found.correlated else [],
        meaning=MEANING if blocks else "",
    )


def _any(ones: Sequence[Association]) -> bool:
    return any(one.correlation for one in ones)


def association_spec(name: str, ones: Sequence[Association]) -> Spec:
    """Properties from top to bottom, in their order."""
    rows = [_row(name, one, one.correlation) for one in ones if one.correlation]
    order = [row["property"] for row in rows]
    y: Spec = {"field": "property", "type": "nominal", "sort": order, "title": None, "axis": names_axis(order)}
    x: Spec = {"type": "quantitative", "title": "rank correlation with accuracy", "scale": {"domain": [-1, 1]}}
    x["axis"] = {"values": [-1, -0.5, 0, 0.5, 1]}
    colour: Spec = {"field": "colour", "type": "nominal", "scale": None}
    hover = tooltip(title="title", text="rank correlation", n="activations", p="p, adjusted")
    shared: Spec = {"y": y, "color": colour, "tooltip": hover}
    zero: Spec = {"mark": {"type": "rule", "stroke": "var(--soft)"}, "data": {"values": [{"at": 0}]}}
    zero["encoding"] = {"x": {"field": "at", **x}}
    ends: Spec = {"mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round"}}
    ends["encoding"] = {"x": {"field": "low", **x}, "x2": {"field": "high"}, **shared}
    shape: Spec = {"field": "shape", "type": "nominal", "scale": None}
    point = point_layer(100, {"x": {"field": "rho", **x}, "shape": shape, **shared})
    return spec(rows, [zero, ends, point], ROW_HEIGHT * len(rows), f"Rank correlations with accuracy on {name}.")


def _row(name: str, one: Association, found: RankCorrelation) -> Row:
    mark = SHOWN if one.is_shown else NOT_SHOWN
    return {
        "property": one.measure.title,
        "title": f"{name}: {one.measure.title}",
        "colour": f"var(--{mark.colour})",
        "shape": SHAPES[mark.symbol],
        "rho": found.rho,
        "low": found.low,
        "high": found.high,
        "text": correlation_text(found),
        "n": str(found.n),
        "p": _p_text(one.p_adjusted),
    }


def _p_text(p: float | None) -> str:
    return "–" if p is None else "below 0.001" if p < 0.001 else f"{p:.3f}"


def _table_row(name: str, one: Association) -> TableRow:
    found = one.correlation
    cells = [name, one.measure.title, str(len(one.values))]
    if not found:
        return TableRow([*cells, "the same for all", "–", "–", "–"])
    ends = f"{signed(found.low)} to {signed(found.high)}"
    return TableRow([*cells, signed(found.rho), ends, _p_text(found.p), _p_text(one.p_adjusted)])
