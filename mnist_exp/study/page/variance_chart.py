"""The spread of the test accuracy that each source of randomness causes."""

from collections.abc import Sequence

from mnist_exp.study.page.chart import (
    Chart,
    Panel,
    Row,
    Spec,
    Table,
    TableRow,
    colour_of,
    labels_axis,
    point_layer,
    shape_of,
    spec,
    tooltip,
)
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.variance import ALL, Limits, Variance
from mnist_exp.study.variance_report import TRUE, network_of, spreads_of

NAMES = {ALL: "all together", TRUE: "all together, on all images like these"}
HEADER = ["network", "arm", "source", "sd, points", "95 % interval"]


def variance_chart(variance: Variance, styles: Sequence[ArmStyle]) -> Chart | None:
    """A panel for each network; None if no source has two runs."""
    rows = [
        (network_of(variance, arm), arm.cell.arm, NAMES.get(source, source), limits)
        for arm in variance.arms
        for source, limits in spreads_of(arm).items()
    ]
    if not rows:
        return None
    networks = list(dict.fromkeys(network for network, *_ in rows))
    panels = [
        Panel(network, variance_spec(network, [_row(*row) for row in rows if row[0] == network], styles))
        for network in networks
    ]
    network, arm, source, largest = max((row for row in rows if row[2] != NAMES[TRUE]), key=lambda row: row[3].value)
    when = "all sources vary together" if source == NAMES[ALL] else f"only the {source} varies"
    return Chart(
        key="variance",
        title="Where the spread over seeds comes from",
        sentence=f"{arm} on {network} has the largest sd, {largest.value:.3f} points, when {when}.",
        how_to_read=(
            "Point: sd of the test accuracy when one source of randomness varies, or all. Line: 95 % interval. "
            "On all images like these: without what depends on which images the test set has."
        ),
        panels=panels,
        table=Table(HEADER, [TableRow([*row[:3], f"{row[3].value:.3f}", _ends(row[3])]) for row in rows]),
        legend=list(styles),
        wide=len(panels) == 1,
    )


def variance_spec(network: str, rows: Sequence[Row], styles: Sequence[ArmStyle]) -> Spec:
    """Sources from top to bottom, the arms of each below one another."""
    order, arms = (list(dict.fromkeys(row[name] for row in rows)) for name in ("source", "arm"))
    y: Spec = {"field": "source", "type": "nominal", "sort": order, "title": None}
    y["axis"] = labels_axis({NAMES[TRUE]: ["all together, on all", "images like these"]})
    x: Spec = {"type": "quantitative", "title": "sd of the test accuracy, points", "scale": {"zero": True}}
    offset: Spec = {"field": "arm", "sort": arms, "scale": {"paddingOuter": 0.6}}
    hover = tooltip(title="title", text="sd, points", ends="95 % interval")
    shared: Spec = {"y": y, "yOffset": offset, "color": colour_of(styles), "tooltip": hover}
    rule: Spec = {
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}, **shared},
    }
    point = point_layer(80, {"x": {"field": "sd", **x}, "shape": shape_of(styles), **shared})
    height = max(80, (16 * len(arms) + 14) * len(order))
    return spec(rows, [rule, point], height, f"Sd of the test accuracy by source on {network}.", styles)


def _row(network: str, arm: str, source: str, limits: Limits) -> Row:
    return {
        "arm": arm,
        "source": source,
        "title": f"{network}, {arm}: {source}",
        "sd": limits.value,
        "low": limits.low,
        "high": limits.high,
        "text": f"{limits.value:.3f}",
        "ends": _ends(limits),
    }


def _ends(limits: Limits) -> str:
    return f"{limits.low:.3f} to {limits.high:.3f}"
