"""The chart and the table of pairs: differences with the margin, and the three verdicts."""

from collections.abc import Sequence

from mnist_exp.study.comparison import BETTER, EQUIVALENT, KINDS, OPEN, Comparison
from mnist_exp.study.comparisons import group_by_network
from mnist_exp.study.page.chart import (
    OUTLINED,
    Chart,
    Mark,
    Panel,
    Row,
    Spec,
    Table,
    TableRow,
    both_intervals,
    interval_text,
    limits,
    names_axis,
    one_of_each,
    point_layer,
    spec,
    tooltip,
)
from mnist_exp.study.page.study_data import StudyData

SHAPES = {BETTER: "circle", EQUIVALENT: "square", OPEN: "triangle-up"}  # a verdict has a colour and a marker
SYMBOLS = {BETTER: "●", EQUIVALENT: "■", OPEN: "▲"}
MEANINGS = {
    BETTER: "better: a difference is shown",
    EQUIVALENT: "equivalent: within the margin",
    OPEN: "open: neither is shown",
}
MOST_PAIRS = 40  # in a panel; the table has all
HEADER = [
    *("network", "pair", "difference", "over seeds", "over seeds and images"),
    *("first better next time", "n", "verdict", "for images like these"),
]


def pairs_chart(data: StudyData) -> Chart:
    """A panel for each network; one at a time if there are many."""
    by_network = group_by_network(data.comparisons, with_data=len({pair.data for pair in data.comparisons}) > 1)
    panels = [Panel(network, pairs_spec(network, pairs, data)) for network, pairs in by_network.items()]
    left_out = max((len(pairs) - MOST_PAIRS for pairs in by_network.values()), default=0)
    rest = (
        f" The chart has the {MOST_PAIRS} largest differences of a network; the table has all." if left_out > 0 else ""
    )
    return Chart(
        key="pairs",
        title="Every pair of activations, with its verdict",
        sentence=pairs_sentence(data.comparisons),
        how_to_read=(
            "Difference of test accuracy in points, first minus second, seed by seed. Thick line: 95 % interval over "
            "seeds, on these test images. Thin line: over seeds and images like these. The band is the margin: "
            f"differences inside it do not matter to you.{rest}"
        ),
        panels=panels,
        table=pairs_table(data),
        marks=[Mark(SYMBOLS[kind], kind, MEANINGS[kind]) for kind in KINDS],
        choose_panel=len(panels) > 2,
        wide=True,
    )


def pairs_sentence(pairs: Sequence[Comparison]) -> str:
    """The largest difference that is shown, or that none is."""
    counts = {kind: sum(pair.kind == kind for pair in pairs) for kind in KINDS}
    text = f"{counts[BETTER]} better, {counts[EQUIVALENT]} equivalent, {counts[OPEN]} open."
    shown = [pair for pair in pairs if pair.kind == BETTER]
    if not shown:
        return f"{text} No difference is shown."
    largest = max(shown, key=lambda pair: abs(pair.difference))
    return (
        f"{text} The largest difference that is shown: {largest.winner} is better than {largest.loser} on "
        f"{largest.model} by {100 * abs(largest.difference):.2f} points."
    )


def pairs_spec(network: str, pairs: Sequence[Comparison], data: StudyData) -> Spec:
    """Pairs from top to bottom, the largest difference first; the winner is named first."""
    largest = sorted(pairs, key=lambda pair: -abs(pair.difference))[:MOST_PAIRS]
    rows = [_row(network, pair, data) for pair in largest]
    margin = 100 * pairs[0].margin
    ends = [row[name] for row in rows for name in ("difference", "low", "high", "low_images", "high_images")]
    domain = limits([-margin, margin, *(end for end in ends if end is not None)], 2 * margin)
    x: Spec = {
        "type": "quantitative",
        "title": "difference of test accuracy, points",
        "scale": {"domain": domain, "nice": False},
    }
    x["axis"] = {"tickCount": 9, "labelOverlap": True}
    y: Spec = {"field": "pair", "type": "nominal", "sort": [row["pair"] for row in rows], "title": None}
    y["axis"] = names_axis(260)
    colour = one_of_each("kind", KINDS, [f"var(--{kind})" for kind in KINDS])
    shape = one_of_each("kind", KINDS, [SHAPES[kind] for kind in KINDS])
    hover = tooltip(
        title="title",
        n="n",
        text="difference",
        seeds="over seeds",
        images="over seeds and images",
        verdict="verdict",
        like_these="for images like these",
    )
    band: Spec = {
        "mark": {"type": "rect", "fill": "var(--band)"},
        "data": {"values": [{"from": -margin, "to": margin}]},
    }
    band["encoding"] = {"x": {"field": "from", **x}, "x2": {"field": "to"}}
    zero: Spec = {"mark": {"type": "rule", "stroke": "var(--soft)"}, "data": {"values": [{"at": 0}]}}
    zero["encoding"] = {"x": {"field": "at", **x}}
    shared: Spec = {"y": y, "color": colour, "tooltip": hover}
    point = point_layer(100, {"x": {"field": "difference", **x}, "shape": shape, **shared}, **OUTLINED)
    layers = [band, zero, *both_intervals(rows, x, shared), point]
    return spec(rows, layers, max(60, 22 * len(rows)), f"Differences between activations on {network}.")


def _row(network: str, pair: Comparison, data: StudyData) -> Row:
    sign = 1 if pair.winner == pair.a else -1
    low, high = _turned(pair.low, pair.high, sign)
    low_images, high_images = _turned(pair.low_images, pair.high_images, sign)
    difference = 100 * abs(pair.difference)
    return {
        "pair": f"{pair.winner} − {pair.loser}",
        "title": f"{network}: {pair.winner} − {pair.loser}",
        "kind": pair.kind,
        "n": str(pair.n),
        "difference": difference,
        "low": low,
        "high": high,
        "low_images": low_images,
        "high_images": high_images,
        "text": f"{difference:.2f} points",
        "seeds": interval_text(low, high, "+.2f"),
        "images": interval_text(low_images, high_images, "+.2f"),
        "verdict": pair.verdict,
        "like_these": pair.kind_images or "not known",
        "groups": groups_of(pair, data),
    }


def _turned(low: float | None, high: float | None, sign: int) -> tuple[float | None, float | None]:
    if low is None or high is None:
        return None, None
    return (100 * low, 100 * high) if sign > 0 else (-100 * high, -100 * low)


def groups_of(pair: Comparison, data: StudyData) -> list[int]:
    """The groups of runs of both activations."""
    return [
        data.group_of_cell[cell]
        for name in (pair.a, pair.b)
        if (cell := data.cell_of_pair(pair, name)) in data.group_of_cell
    ]


def pairs_table(data: StudyData) -> Table:
    """All pairs as text; numbers are in points."""
    rows = [
        TableRow(
            [
                network,
                f"{pair.a} − {pair.b}",
                f"{100 * pair.difference:+.2f}",
                interval_text(*_turned(pair.low, pair.high, 1), "+.2f"),
                interval_text(*_turned(pair.low_images, pair.high_images, 1), "+.2f"),
                "–" if pair.p_a_better is None else f"{100 * pair.p_a_better:.0f} %",
                str(pair.n),
                f"{SYMBOLS[pair.kind]} {pair.verdict}",
                pair.kind_images or "not known",
            ],
            groups_of(pair, data),
        )
        for network, pairs in group_by_network(data.comparisons, with_data=True).items()
        for pair in pairs
    ]
    return Table(HEADER, rows)
