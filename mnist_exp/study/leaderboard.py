"""The cells of a sweep in order of their validation accuracy, as lines of text."""

from collections.abc import Sequence
from statistics import mean, median, stdev

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, lost, ok, swept_keys


def leaderboard(results: Sequence[Record]) -> str:
    """Every cell, best validation first; cells without a finished run come last and say why.

    Ranked within each set of data: accuracies on different data say nothing about each other.
    """
    if not ok(results):
        return "No run finished: no leaderboard."
    swept = swept_keys(results)
    by_data: dict[str, dict[Cell, list[Record]]] = {}
    for cell, runs in cells(results, swept).items():
        by_data.setdefault(cell.data, {})[cell] = runs
    return "\n\n".join(_table(data, grouped, swept) for data, grouped in sorted(by_data.items()))


def _table(data: str, grouped: dict[Cell, list[Record]], swept: Sequence[str]) -> str:
    ranked = sorted(grouped.items(), key=lambda item: -_rank(ok(item[1])))
    rows: list[tuple[str, ...]] = [("", "", "n", "validation", "test", "training")]
    rows += [(str(rank), cell.named(swept), *_figures(runs)) for rank, (cell, runs) in enumerate(ranked, start=1)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(w) if i == 1 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([f"Leaderboard on {data}, ranked by accuracy on the validation set", *lines])


def _figures(runs: Sequence[Record]) -> tuple[str, ...]:
    finished = ok(runs)
    n = str(len(finished)) if len(finished) == len(runs) else f"{len(finished)} of {len(runs)}"
    if not finished:
        return n, lost(runs), "", ""
    # The median: one run beside which the machine was busy does not count.
    return n, _percent(finished, "val_acc"), _percent(finished, "test_acc"), f"{_seconds(finished):.1f} s"


def _rank(runs: Sequence[Record]) -> float:
    """Mean validation accuracy; cells trained without a validation set come after, those without a run last."""
    values = [r["val_acc"] for r in runs if r["val_acc"] is not None]
    return mean(values) if values else -1.0 if runs else -2.0


def _percent(runs: Sequence[Record], key: str) -> str:
    """Mean, with the sd where several seeds give one."""
    values = [100 * r[key] for r in runs if r[key] is not None]
    if not values:
        return "none"
    return f"{mean(values):.2f} %" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")


def _seconds(runs: Sequence[Record]) -> float:
    return median(r["train_seconds"] for r in runs)
