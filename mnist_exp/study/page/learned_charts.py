"""The functions that activations learned, at the start and at the end of training: a chart for each arm."""

from collections.abc import Iterator, Sequence

import numpy as np

from mnist_exp.study.learned import LearnedArm, LearnedFunction, LearnedParameter, learned_arms
from mnist_exp.study.page.chart import (
    Chart,
    Mark,
    Panel,
    Row,
    Spec,
    Table,
    TableRow,
    interval_text,
    point_layer,
    spec,
    tooltip,
)
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.page.line_chart import HEIGHT, number_text
from mnist_exp.study.page.study_data import StudyData

HEADER = ["network", "arm", "layer", "parameter", "at the start", "at the end", "smallest to largest seed", "n"]
MEANING = (
    "Some activations have parameters that are trained with the weights. "
    "So each layer can end with a function of its own."
)
HOW_TO_READ = (
    "Dashed: before the first step. Line: after the last step, mean over channels and seeds. "
    "The band goes from the smallest to the largest value over channels and seeds."
)
DIGITS = 4  # of a value of a function


def learned_charts(data: StudyData, styles: Sequence[ArmStyle]) -> Iterator[Chart]:
    """Nothing if no activation is learned."""
    colours = {style.arm: f"arm-{place}" for place, style in enumerate(styles)}
    for number, learned in enumerate(learned_arms(data.networks)):
        groups = {network: by_arm[learned.arm] for network, by_arm in data.group_of.items() if learned.arm in by_arm}
        several = len({function.network for function in learned.functions}) > 1
        colour = colours[learned.arm]
        yield Chart(
            key=f"learned-{number}",
            title=f"What {learned.arm} learned",
            sentence=learned.sentence,
            how_to_read=HOW_TO_READ,
            panels=[
                Panel(_title(function, several), function_spec(learned.arm, function, colour, groups[function.network]))
                for function in learned.functions
            ],
            table=Table(HEADER, [_table_row(learned, one, groups[one.network]) for one in learned.parameters]),
            marks=[Mark("┄", "soft", "start of training"), Mark("━", colour, "end of training")],
            meaning=MEANING if number == 0 else "",
        )


def _title(function: LearnedFunction, several: bool) -> str:
    return f"{function.network}: {function.layer}" if several else function.layer


def function_spec(arm: str, function: LearnedFunction, colour: str, group: int) -> Spec:
    """The function at the start and at the end, with points to hover over where x is a whole number."""
    shade = f"var(--{colour})"
    x: Spec = {"field": "x", "type": "quantitative", "title": "x", "axis": {"grid": False, "tickCount": 5}}
    y: Spec = {"type": "quantitative", "title": "f(x)", "axis": {"tickCount": 5}}
    band: Spec = {"mark": {"type": "area", "opacity": 0.16, "color": shade}}
    band["encoding"] = {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}}
    dashed: Spec = {"mark": {"type": "line", "strokeWidth": 2, "strokeDash": [5, 4], "color": "var(--soft)"}}
    dashed["encoding"] = {"x": x, "y": {"field": "start", **y}}
    line: Spec = {"mark": {"type": "line", "strokeWidth": 2, "color": shade}}
    line["encoding"] = {"x": x, "y": {"field": "end", **y}}
    hover = tooltip(title="title", place="x", before="at the start", after="at the end", n="n")
    dots = point_layer(40, {"x": x, "y": {"field": "end", **y}, "tooltip": hover}, cursor="pointer", color=shade)
    dots["data"] = {"values": list(_hover_rows(arm, function, group))}
    title = f"The function that {arm} learned in {function.layer} of {function.network}, and that at the start."
    return spec(list(_rows(function)), [band, dashed, line, dots], HEIGHT, title)


def _rows(function: LearnedFunction) -> Iterator[Row]:
    names = ("x", "start", "end", "low", "high")
    for values in zip(*(getattr(function, name) for name in names), strict=True):
        yield {name: float(f"{value:.{DIGITS}g}") for name, value in zip(names, values, strict=True)}


def _hover_rows(arm: str, function: LearnedFunction, group: int) -> Iterator[Row]:
    for place in np.flatnonzero(function.x == np.round(function.x)):
        start, end = function.start[place], function.end[place]
        yield {
            "x": float(function.x[place]),
            "end": float(f"{end:.{DIGITS}g}"),
            "title": f"{function.network}, {arm}: {function.layer}",
            "place": f"{function.x[place]:.0f}",
            "before": number_text(start),
            "after": number_text(end),
            "n": str(function.n),
            "groups": [group],
        }


def _table_row(learned: LearnedArm, one: LearnedParameter, group: int) -> TableRow:
    ends = [change.end for change in one.changes]
    spread = interval_text(min(ends), max(ends), ".4g") if len(ends) > 1 else interval_text(None, None)
    change = one.change
    numbers = [number_text(change.start), number_text(change.end), spread, str(len(ends))]
    return TableRow([one.network, learned.arm, one.layer, one.text, *numbers], [group])
