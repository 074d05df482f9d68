"""The chart of pairs: differences with the margin, and the three verdicts."""

from collections.abc import Mapping, Sequence

from mnist_exp.study.comparison import BETTER, EQUIVALENT, KINDS, OPEN, Comparison
from mnist_exp.study.comparisons import group_by_network
from mnist_exp.study.page.answer_of_networks import leader
from mnist_exp.study.page.chart import (
    MOST_CHARACTERS,
    OUTLINED,
    Chart,
    Mark,
    Panel,
    Row,
    Spec,
    both_intervals,
    interval_text,
    labels_axis,
    limits,
    one_of_each,
    point_layer,
    spec,
    tooltip,
)
from mnist_exp.study.page.pairs_table import SYMBOLS, groups_of, pairs_table, turned
from mnist_exp.study.page.short_names import short_names
from mnist_exp.study.page.study_data import StudyData

SHAPES = {BETTER: "circle", EQUIVALENT: "square", OPEN: "triangle-up"}  # a verdict has a colour and a marker
MEANINGS = {
    BETTER: "better: a difference is shown",
    EQUIVALENT: "equivalent: within the margin",
    OPEN: "open: neither is shown",
}
MOST_PAIRS = 40  # in a panel; the table has all
MOST_IN_A_LINE, LINE = 28, 22  # characters of a pair; pixels
REACH = 3  # times the largest difference: as far as an interval stretches the axis


def pairs_chart(data: StudyData) -> Chart:
    """A panel for each network; one at a time if there are many."""
    by_network = group_by_network(data.comparisons, with_data=len({pair.data for pair in data.comparisons}) > 1)
    panels = [Panel(network, pairs_spec(network, pairs, data)) for network, pairs in by_network.items()]
    left_out = max((len(pairs) - MOST_PAIRS for pairs in by_network.values()), default=0)
    rest = (
        f" The chart has {MOST_PAIRS} pairs of a network: those of the activation with the best validation accuracy, "
        "then open ones, then the largest differences. The table has all."
        if left_out > 0
        else ""
    )
    return Chart(
        key="pairs",
        title="Every pair of activations, with its verdict",
        sentence=pairs_sentence(by_network),
        how_to_read=(
            "Difference of test accuracy in points, first minus second, seed by seed. Thick line: 95 % interval over "
            "seeds, on these test images. Thin line: over seeds and images like these. The band is the margin: "
            f"differences inside it do not matter to you. A line that ends at the edge goes on beyond it.{rest}"
        ),
        panels=panels,
        table=pairs_table(data),
        marks=[Mark(SYMBOLS[kind], kind, MEANINGS[kind]) for kind in KINDS],
        choose_panel=len(panels) > 2,
        wide=True,
    )


def pairs_sentence(by_network: Mapping[str, Sequence[Comparison]]) -> str:
    """The largest difference that is shown, or that none is."""
    pairs = {id(pair): network for network, found in by_network.items() for pair in found}
    everything = [pair for found in by_network.values() for pair in found]
    counts = {kind: sum(pair.kind == kind for pair in everything) for kind in KINDS}
    text = f"{counts[BETTER]} better, {counts[EQUIVALENT]} equivalent, {counts[OPEN]} open."
    shown = [pair for pair in everything if pair.kind == BETTER]
    if not shown:
        return f"{text} No difference is shown."
    largest = max(shown, key=lambda pair: abs(pair.difference))
    return (
        f"{text} The largest difference that is shown: {largest.winner} is better than {largest.loser} on "
        f"{pairs[id(largest)]} by {100 * abs(largest.difference):.2f} points."
    )


def pairs_spec(network: str, pairs: Sequence[Comparison], data: StudyData) -> Spec:
    """Pairs from top to bottom, the largest difference first; the winner is named first."""
    rows = [_row(network, pair, data) for pair in chosen(pairs, data)]
    labels = pair_labels(rows)
    margin = 100 * pairs[0].margin
    x: Spec = {
        "type": "quantitative",
        "title": "difference, points",
        "scale": {"domain": _domain(rows, margin), "nice": False, "clamp": True},
    }
    x["axis"] = {"tickCount": 6, "labelOverlap": True, "labelSeparation": 8}
    y: Spec = {"field": "pair", "type": "nominal", "sort": [row["pair"] for row in rows], "title": None}
    y["axis"] = labels_axis(labels)
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
    point["transform"] = [{"filter": "datum.learned"}]
    layers = [band, zero, *both_intervals(rows, x, shared), point]
    if not all(row["learned"] for row in rows):
        layers.append(_note_layer(shared))
    height = (LINE if all(isinstance(label, str) for label in labels.values()) else 36) * len(rows)
    return spec(rows, layers, max(60, height), f"Differences between activations on {network}.")


def chosen(pairs: Sequence[Comparison], data: StudyData) -> list[Comparison]:
    """Those for the chart of a network: of the activation that leads, open ones, large ones; largest first."""
    best = leader(data, data.cell_of_pair(pairs[0], pairs[0].a).without_activation())
    name = best.activation if best else None

    def rank(pair: Comparison) -> tuple[bool, bool, float]:
        return name not in (pair.a, pair.b), pair.kind != OPEN, -abs(pair.difference)

    return sorted(sorted(pairs, key=rank)[:MOST_PAIRS], key=lambda pair: -abs(pair.difference))


def pair_labels(rows: Sequence[Row]) -> dict[str, str | list[str]]:
    """The names of each pair, long ones shortened; on two lines if they are still too long for one."""
    short = short_names([name for row in rows for name in row["names"]], MOST_CHARACTERS)
    labels = {row["pair"]: [f"{short[row['names'][0]]} −", short[row["names"][1]]] for row in rows}
    longest = max(len(" ".join(label)) for label in labels.values())
    return {name: label if longest > MOST_IN_A_LINE else " ".join(label) for name, label in labels.items()}


def _domain(rows: Sequence[Row], margin: float) -> list[float]:
    """The ends of the axis: pairs with runs that did not learn do not stretch it, and uncertain ones not far."""
    learned = [row for row in rows if row["learned"]]
    reach = REACH * max([margin, *(row["difference"] for row in learned)])
    ends = [row[name] for row in learned for name in ("difference", "low", "high", "low_images", "high_images")]
    inside = [max(-reach, min(end, reach)) for end in ends if end is not None]
    return limits([-margin, margin, *inside], 2 * margin)


def _note_layer(shared: Spec) -> Spec:
    """At the right edge: the differences to runs that did not learn."""
    mark = {"type": "text", "align": "right", "fill": "var(--bad)", "cursor": "pointer"}
    encoding = {"x": {"value": "width"}, "text": {"field": "note"}, "y": shared["y"], "tooltip": shared["tooltip"]}
    return {"mark": mark, "encoding": encoding, "transform": [{"filter": "!datum.learned"}]}


def _row(network: str, pair: Comparison, data: StudyData) -> Row:
    sign = 1 if pair.winner == pair.a else -1
    low, high = turned(pair.low, pair.high, sign)
    low_images, high_images = turned(pair.low_images, pair.high_images, sign)
    learned = data.learned(pair)
    difference = 100 * abs(pair.difference)
    return {
        "pair": f"{pair.winner} − {pair.loser}",
        "title": f"{network}: {pair.winner} − {pair.loser}",
        "kind": pair.kind,
        "n": str(pair.n),
        "difference": difference,
        "low": low if learned else None,
        "high": high if learned else None,
        "low_images": low_images if learned else None,
        "high_images": high_images if learned else None,
        "names": [pair.winner, pair.loser],
        "learned": learned,
        "note": f"{difference:.1f} points: not all runs learned ▸",
        "text": f"{difference:.2f} points",
        "seeds": interval_text(low, high, "+.2f"),
        "images": interval_text(low_images, high_images, "+.2f"),
        "verdict": pair.verdict,
        "like_these": pair.kind_images or "not known",
        "groups": groups_of(pair, data),
    }
