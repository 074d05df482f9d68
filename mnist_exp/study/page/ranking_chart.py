"""The ranking over networks and data sets: mean ranks, and which of them are not distinguishable."""

from collections.abc import Mapping, Sequence

from mnist_exp.study.page.chart import Chart, Panel, Row, Spec, Table, TableRow, names_axis, point_layer, spec, tooltip
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.ranking import Ranking
from mnist_exp.study.ranking_text import ranking_text

ROW_HEIGHT, BAR = 26, 14  # pixels: of an activation's row, and between the bars of two groups


def ranking_chart(ranking: Ranking, styles: Sequence[ArmStyle]) -> Chart:
    """Mean ranks as points, ranks in each block as small marks, and a bar for each group without a difference."""
    colours = {one.arm: f"var(--arm-{place})" for place, one in enumerate(styles)}
    first_line = ranking_text(ranking).splitlines()[0]
    return Chart(
        key="ranking",
        title="Ranking over all networks and data sets",
        sentence=first_line,
        how_to_read=(
            "Large point: mean rank, 1 is best. Small marks: the rank in each combination of network and data set. "
            "A bar at the right joins activations that are not distinguishable: their mean ranks differ by less than "
            f"{ranking.critical_difference:.2f} (Nemenyi's critical difference)."
        ),
        panels=[Panel("", ranking_spec(ranking, colours))],
        table=_table(ranking),
        wide=True,
    )


def ranking_spec(ranking: Ranking, colours: Mapping[str, str]) -> Spec:
    """Activations from top to bottom, best first."""
    order = [arm.activation for arm in ranking.arms]
    y: Spec = {"field": "arm", "type": "nominal", "sort": order, "title": None, "scale": {"domain": order}}
    y["axis"] = names_axis(order, grid=True)
    x: Spec = {
        "type": "quantitative",
        "title": "rank, 1 is best",
        "scale": {"domain": [0.8, len(order) + 0.2], "nice": False},
    }
    x["axis"] = {"values": list(range(1, len(order) + 1)), "grid": False, "format": "d"}
    hover = tooltip(title="arm", text="mean rank", best="first in", blocks="of combinations")
    ticks: list[Row] = [
        {"arm": arm.activation, "rank": rank, "block": block, "text": f"{rank:g}"}
        for arm in ranking.arms
        for block, rank in arm.ranks.items()
    ]
    rows: list[Row] = [
        {
            "arm": arm.activation,
            "rank": arm.mean_rank,
            "text": f"{arm.mean_rank:.2f}",
            "best": str(arm.best_in),
            "blocks": str(len(arm.ranks)),
            "colour": colours.get(arm.activation, "var(--ink)"),
        }
        for arm in ranking.arms
    ]
    tick: Spec = {
        "mark": {"type": "tick", "thickness": 2, "size": 12, "opacity": 0.45, "color": "var(--soft)"},
        "data": {"values": ticks},
    }
    tick["encoding"] = {
        "x": {"field": "rank", **x},
        "y": y,
        "tooltip": tooltip(block="title", arm="activation", text="rank"),
    }
    colour: Spec = {"field": "colour", "type": "nominal", "scale": None}
    point = point_layer(120, {"x": {"field": "rank", **x}, "y": y, "tooltip": hover, "color": colour})
    bars = [_bar(group, place, y) for place, group in enumerate(ranking.groups)]
    height = ROW_HEIGHT * len(order)
    found = spec(rows, [tick, point, *bars], height, "Mean ranks of the activations.")
    return found | {"padding": {"left": 4, "top": 4, "bottom": 4, "right": 10 + BAR * max(1, len(bars))}}


def _bar(group: Sequence[str], place: int, y: Spec) -> Spec:
    """From the first to the last activation of a group, right of the axes."""
    mark = {"type": "rule", "strokeWidth": 4, "strokeCap": "round", "stroke": "var(--ink)", "xOffset": 8 + BAR * place}
    encoding = {"x": {"value": "width"}, "y": {**y, "field": "first"}, "y2": {"field": "last"}}
    return {"mark": mark, "data": {"values": [{"first": group[0], "last": group[-1]}]}, "encoding": encoding}


def _table(ranking: Ranking) -> Table:
    blocks = list(ranking.seeds)
    rows = [
        TableRow(
            [
                *(arm.activation, f"{arm.mean_rank:.2f}", str(arm.best_in)),
                "–" if arm.share_of_wins is None else f"{100 * arm.share_of_wins:.0f} %",
                *(f"{arm.ranks[block]:g}" for block in blocks),
            ]
        )
        for arm in ranking.arms
    ]
    return Table(["activation", "mean rank", "first in", "first when seeds are resampled", *blocks], rows)
