"""What a sweep's runs say together."""

from statistics import mean, stdev

from mnist_exp.record import Result


def leaderboard(results: list[Result]) -> str:
    """The finished runs by cell (network, activation, data and whatever was swept), best validation first.

    Ranked within each set of data: accuracies on different data say nothing about each other.
    """
    by_data = {data: cells(results, data) for data in sorted({r["data"] for r in results})}
    tables = [_table(data, grouped) for data, grouped in by_data.items() if grouped]
    return "\n\n".join(tables) or "No run finished: no leaderboard."


def cells(results: list[Result], data: str) -> dict[str, list[Result]]:
    """The successful runs on `data`, those that differ by nothing but their seed together, by what sets them apart."""
    everywhere = set.intersection(*(set(r["overrides"]) for r in results)) if results else set()
    grouped: dict[str, list[Result]] = {}
    for result in (r for r in results if r["status"] == "ok" and r["data"] == data):
        grouped.setdefault(_cell_name(result, everywhere), []).append(result)
    return grouped


def _cell_name(result: Result, everywhere: set[str]) -> str:
    """Network, activation, and what else was typed for some of the runs but not for all."""
    named = ("model=", "model.activation=", "seed=", "data=")
    swept = [o for o in result["overrides"] if o not in everywhere and not o.startswith(named)]
    return " ".join([result["model"], *filter(None, [result["activation"]]), *swept])


def _table(data: str, grouped: dict[str, list[Result]]) -> str:
    rows = [_row(name, runs) for name, runs in sorted(grouped.items(), key=lambda cell: -_rank(cell[1]))]
    rows = [("", "", "n", "validation", "test", "training"), *((f"{i}", *row) for i, row in enumerate(rows, start=1))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(w) if i == 1 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([f"Leaderboard on {data}, ranked by accuracy on the validation set", *lines])


def _row(name: str, runs: list[Result]) -> tuple[str, ...]:
    return (name, str(len(runs)), _percent(runs, "val_acc"), _percent(runs, "test_acc"), _seconds(runs))


def _rank(runs: list[Result]) -> float:
    """Mean validation accuracy; cells trained without a validation set come last."""
    values = [r["val_acc"] for r in runs if r["val_acc"] is not None]
    return mean(values) if values else -1.0


def _percent(runs: list[Result], key: str) -> str:
    """Mean, with the sd where several seeds give one."""
    values = [100 * r[key] for r in runs if r[key] is not None]
    if not values:
        return "none"
    return f"{mean(values):.2f} %" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")


def _seconds(runs: list[Result]) -> str:
    return f"{mean(r['train_seconds'] for r in runs):.1f} s"
