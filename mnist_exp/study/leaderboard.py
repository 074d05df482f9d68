"""The cells of a study, ranked by validation accuracy, as lines of text."""

from collections.abc import Sequence
from statistics import mean, median, stdev

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, count_not_ok, ok
from mnist_exp.study.swept_settings import swept_keys

HEADER = ("", "", "n", "validation", "test", "training")


def leaderboard(records: Sequence[Record], swept: Sequence[str] | None = None) -> str:
    """Every cell, best validation accuracy first; cells without a finished run come last, with the reason.

    Each data set has a ranking of its own, because accuracies on different data cannot be compared.
    """
    if not ok(records):
        return "No run finished: no leaderboard."
    by_data: dict[str, dict[Cell, list[Record]]] = {}
    for cell, runs in cells(records, swept_keys(records) if swept is None else swept).items():
        by_data.setdefault(cell.data, {})[cell] = runs
    return "\n\n".join(_table(data, found) for data, found in sorted(by_data.items()))


def _table(data: str, by_cell: dict[Cell, list[Record]]) -> str:
    ranked = sorted(by_cell.items(), key=lambda item: -_ranking_score(ok(item[1])))
    rows = [HEADER, *((str(rank), cell.name, *_columns(runs)) for rank, (cell, runs) in enumerate(ranked, start=1))]
    title = f"Leaderboard on {data}, ranked by accuracy on the validation set"
    return "\n".join([title, *aligned(rows, left=1)])


def aligned(rows: Sequence[Sequence[str]], left: int) -> list[str]:
    """Lines with columns of equal width; that of this number is aligned to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text.ljust(width) if i == left else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _columns(runs: Sequence[Record]) -> tuple[str, str, str, str]:
    finished = ok(runs)
    n = str(len(finished)) if len(finished) == len(runs) else f"{len(finished)} of {len(runs)}"
    if not finished:
        return n, count_not_ok(runs), "", ""
    # The median ignores a single run during which the machine was busy.
    seconds = median(run.train_seconds for run in finished if run.train_seconds is not None)
    val_acc, test_acc = ([getattr(run, metric) for run in finished] for metric in ("val_acc", "test_acc"))
    return n, _mean_and_sd(val_acc), _mean_and_sd(test_acc), f"{seconds:.1f} s"


def _ranking_score(finished: Sequence[Record]) -> float:
    """Mean validation accuracy; cells without a validation set come after, and cells without a run last."""
    accuracies = [run.val_acc for run in finished if run.val_acc is not None]
    return mean(accuracies) if accuracies else -1.0 if finished else -2.0


def _mean_and_sd(accuracies: Sequence[float | None]) -> str:
    """In percent; the sd needs several seeds."""
    percent = [100 * value for value in accuracies if value is not None]
    if not percent:
        return "none"
    return f"{mean(percent):.2f} %" + (f" ± {stdev(percent):.2f}" if len(percent) > 1 else "")
