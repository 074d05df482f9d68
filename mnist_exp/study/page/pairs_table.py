"""All pairs as a table: differences, intervals and verdicts."""

from mnist_exp.study.comparison import BETTER, EQUIVALENT, OPEN, Comparison
from mnist_exp.study.comparisons import group_by_network
from mnist_exp.study.page.chart import Table, TableRow, interval_text
from mnist_exp.study.page.study_data import StudyData

SYMBOLS = {BETTER: "●", EQUIVALENT: "■", OPEN: "▲"}
HEADER = [
    *("network", "pair", "difference", "over seeds", "over seeds and images"),
    *("first better next time", "n", "verdict", "for images like these"),
]


def turned(low: float | None, high: float | None, sign: int) -> tuple[float | None, float | None]:
    """An interval in points; of the second activation minus the first if the sign is negative."""
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
                interval_text(*turned(pair.low, pair.high, 1), "+.2f"),
                interval_text(*turned(pair.low_images, pair.high_images, 1), "+.2f"),
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
