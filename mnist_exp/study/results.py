"""What a sweep's runs say together."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import mean, stdev
from typing import Any

from mnist_exp.record import Result, deciding


def swept_keys(results: Iterable[Result]) -> list[str]:
    """The settings, besides activation and seed, in which runs of one network on one set of data differ."""
    values: dict[tuple[str, str, str], set[str]] = {}
    for r in results:
        for name, value in _settings(r).items():
            values.setdefault((r["data"], r["model"], name), set()).add(value)
    return sorted({name for (_, _, name), seen in values.items() if len(seen) > 1})


def _settings(result: Result) -> dict[str, str]:
    """All that decides the numbers, flat, but for what has a column of its own."""

    def flat(node: Any, path: str) -> Iterator[tuple[str, str]]:
        if not isinstance(node, dict):
            yield path, str(node)
            return
        for name, value in node.items():
            yield from flat(value, f"{path}.{name}" if path else name)

    own = ("seed", "model.name", "model.activation", "data.name")
    return {name: value for name, value in flat(deciding(result["config"]), "") if name not in own}


def setting(result: Result, name: str) -> str:
    """One of them; None for a network that does not have it."""
    return _settings(result).get(name, "None")


def cells(results: Iterable[Result], swept: Sequence[str]) -> dict[tuple, list[Result]]:
    """The successful runs that differ by their seed alone, by data, network, swept values and, last, activation."""
    found: dict[tuple, list[Result]] = {}
    for r in (r for r in results if r["status"] == "ok"):
        name = (r["data"], r["model"], *(setting(r, one) for one in swept), r["activation"])
        found.setdefault(name, []).append(r)
    return found


def leaderboard(results: Sequence[Result]) -> str:
    """The finished runs by cell (network, activation, data and whatever was swept), best validation first.

    Ranked within each set of data: accuracies on different data say nothing about each other.
    """
    swept = swept_keys(results)
    by_data: dict[str, dict[str, list[Result]]] = {}
    for (data, model, *values, activation), runs in cells(results, swept).items():
        differing = [f"{name}={value}" for name, value in zip(swept, values, strict=True)]
        by_data.setdefault(data, {})[" ".join([model, *filter(None, [activation]), *differing])] = runs
    tables = [_table(data, grouped) for data, grouped in sorted(by_data.items())]
    return "\n\n".join(tables) or "No run finished: no leaderboard."


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
