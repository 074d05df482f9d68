"""The first chart: the mean test accuracy of each arm on each network, with both intervals."""

from collections.abc import Mapping, Sequence

from mnist_exp.study.cells import count_range
from mnist_exp.study.page.chart import (
    FEW_TICKS,
    OUTLINED,
    Chart,
    Panel,
    Row,
    Spec,
    Table,
    TableRow,
    both_intervals,
    colour_of,
    interval_text,
    limits,
    names_axis,
    point_layer,
    shape_of,
    spec,
    tooltip,
)
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.page.study_data import ArmMean, StudyData

SMALLEST_SPAN = 0.2  # points: so that an axis does not magnify what nobody would call a difference
ROW_HEIGHT, HIGH_ROW, FEW_ROWS = 24, 34, 5
HEADER = ["network", "arm", "n", "mean, %", "over seeds", "over seeds and images", "command"]


def means_chart(data: StudyData, styles: Sequence[ArmStyle]) -> Chart:
    """A panel for each network, each with its own scale."""
    panels = [
        Panel(network, means_spec(means, styles, data.without_results.get(network, {})))
        for network, means in data.means.items()
        if means
    ]
    everything = [mean for means in data.means.values() for mean in means]
    return Chart(
        key="means",
        title="Test accuracy of each activation",
        sentence=means_sentence(data),
        how_to_read=_how_to_read(everything, len(panels)),
        panels=panels,
        table=Table(HEADER, [_table_row(mean) for mean in everything]),
    )


def _how_to_read(means: Sequence[ArmMean], panels: int) -> str:
    if not means:
        return ""
    parts = [f"Point: mean over the seeds, n = {count_range([mean.n for mean in means])}."]
    if any(mean.low is not None for mean in means):
        parts.append("Thick line: 95 % interval over seeds, on these test images.")
    if any(mean.low_images is not None for mean in means):
        parts.append("Thin line: 95 % interval over seeds and images like these.")
    return " ".join([*parts, *["Every network has its own scale."][: panels - 1]])


def means_sentence(data: StudyData) -> str:
    """How far the arms of a network lie apart, where it is most and where it is least."""
    everything = [mean for means in data.means.values() for mean in means]
    if len(everything) < 2:
        return f"One mean: {everything[0].mean:.2f} %." if everything else "No run has a test accuracy."
    if all(len(means) < 2 for means in data.means.values()):
        return "Every network has one activation, so there are no means to compare."
    learned = {network: [mean for mean in means if not mean.at_chance] for network, means in data.means.items()}
    spans = {
        network: (means[0].mean - means[-1].mean, means[0], means[-1])
        for network, means in learned.items()
        if len(means) > 1
    }
    if not spans:
        return "No network has two activations that learned in every run, so there are no means to compare."
    widest = max(spans, key=lambda network: spans[network][0])
    span, best, last = spans[widest]
    text = f"On {widest} the means lie between {last.mean:.2f} % ({last.arm}) and {best.mean:.2f} % ({best.arm})"
    if len(spans) == 1:
        return f"{text}: {span:.2f} points apart."
    narrowest = min(spans, key=lambda network: spans[network][0])
    return f"{text}: {span:.2f} points apart, the most of all networks. On {narrowest} it is {spans[narrowest][0]:.2f}."


def means_spec(means: Sequence[ArmMean], styles: Sequence[ArmStyle], without_results: Mapping[str, str]) -> Spec:
    """Arms from top to bottom, highest mean first; a note at the left edge for those that did not learn or finish.

    `without_results` says of the arms that have none how their runs ended.
    """
    learned = [mean for mean in means if not mean.at_chance] or list(means)
    ends = [end for mean in learned for end in (mean.mean, mean.low, mean.high, mean.low_images, mean.high_images)]
    low, high = limits([end for end in ends if end is not None], SMALLEST_SPAN)
    rows = [_row(mean, low=low) for mean in means]
    rows += [_row_without_results(means[0].network, arm, ended) for arm, ended in without_results.items()]
    order = [row["arm"] for row in rows]
    y: Spec = {"field": "arm", "type": "nominal", "sort": order, "title": None}
    y["axis"] = names_axis(order, grid=True)
    x: Spec = {"type": "quantitative", "title": "test accuracy, %", "scale": {"domain": [low, high], "nice": False}}
    x["axis"] = FEW_TICKS
    x["scale"]["clamp"] = True
    colour = colour_of(styles)
    hover = tooltip(
        title="title",
        n="n",
        mean_text="mean",
        seeds="over seeds",
        images="over seeds and images",
        command="command",
    )
    layers = both_intervals(rows, x, {"color": colour, "tooltip": hover})
    point = {"x": {"field": "mean", **x}, "color": colour, "shape": shape_of(styles), "tooltip": hover}
    layers.append(point_layer(90, point, **OUTLINED) | {"transform": [{"filter": "datum.learned"}]})
    layers.append(
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "fill": "var(--ink)", "cursor": "pointer"},
            "encoding": {"x": {"value": "width"}, "text": {"field": "label"}, "tooltip": hover},
            "transform": [{"filter": "datum.learned"}],
        }
    )
    if any(not row["learned"] for row in rows):
        layers.append(
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "fill": "var(--bad)", "cursor": "pointer"},
                "encoding": {"x": {"value": 0}, "text": {"field": "note"}, "tooltip": hover},
                "transform": [{"filter": "!datum.learned"}],
            }
        )
    found = spec(rows, layers, len(rows) * (HIGH_ROW if len(rows) <= FEW_ROWS else ROW_HEIGHT), _description(means))
    return found | {"encoding": {"y": y}, "padding": {"left": 4, "top": 4, "bottom": 4, "right": 46}}


def _row(mean: ArmMean, low: float) -> Row:
    learned = not mean.at_chance or mean.mean >= low
    ends = ("low", "high", "low_images", "high_images")
    return {
        **{name: getattr(mean, name) if learned else None for name in ends},
        "arm": mean.arm,
        "title": f"{mean.network}, {mean.arm}",
        "learned": learned,
        "n": str(mean.n),
        "mean": mean.mean,
        "label": f"{mean.mean:.2f}",
        "note": f"◂ {mean.mean:.1f} %: {mean.at_chance} of {mean.n} did not learn",
        "mean_text": f"{mean.mean:.2f} %",
        "seeds": interval_text(mean.low, mean.high),
        "images": interval_text(mean.low_images, mean.high_images),
        "command": mean.command,
        "groups": [mean.group],
    }


def _row_without_results(network: str, arm: str, ended: str) -> Row:
    texts = dict.fromkeys(("mean_text", "seeds", "images", "command"), "–")
    numbers = dict.fromkeys(("mean", "low", "high", "low_images", "high_images"))
    title = f"{network}, {arm}"
    return {**texts, **numbers, "arm": arm, "title": title, "learned": False, "n": "0", "note": ended, "groups": []}


def _description(means: Sequence[ArmMean]) -> str:
    values = ", ".join(f"{mean.arm} {mean.mean:.2f} %" for mean in means[:8])
    return f"Mean test accuracy on {means[0].network}: {values}."


def _table_row(mean: ArmMean) -> TableRow:
    over_seeds, over_images = interval_text(mean.low, mean.high), interval_text(mean.low_images, mean.high_images)
    cells = [mean.network, mean.arm, str(mean.n), f"{mean.mean:.2f}", over_seeds, over_images, mean.command]
    return TableRow(cells, [mean.group])
