"""What belongs together among a sweep's runs: the cells whose runs differ by their seed alone."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import mean
from typing import Any, NamedTuple

from mnist_exp.record import Result, deciding

LR = "optimizer.lr"


class Cell(NamedTuple):
    """Runs that differ by their seed alone have this in common."""

    data: str
    model: str
    swept: tuple[str, ...]  # the values of the swept keys
    activation: str | None

    def named(self, keys: Sequence[str]) -> str:
        """cnn mish optimizer.lr=0.003"""
        return " ".join([*filter(None, (self.model, self.activation)), *self.settings(keys)])

    def settings(self, keys: Sequence[str]) -> list[str]:
        return [f"{key}={value}" for key, value in zip(keys, self.swept, strict=True)]


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


def cells(results: Iterable[Result], swept: Sequence[str]) -> dict[Cell, list[Result]]:
    """All runs by cell, those that failed, diverged or are missing too."""
    found: dict[Cell, list[Result]] = {}
    for r in results:
        cell = Cell(r["data"], r["model"], tuple(setting(r, one) for one in swept), r["activation"])
        found.setdefault(cell, []).append(r)
    return found


def ok(runs: Iterable[Result]) -> list[Result]:
    return [r for r in runs if r["status"] == "ok"]


def lost(runs: Sequence[Result]) -> str:
    """2 diverged, 1 missing"""
    statuses = [r["status"] for r in runs if r["status"] != "ok"]
    return ", ".join(f"{statuses.count(one)} {one}" for one in sorted(set(statuses)))


def at_best_rate(results: Sequence[Result], swept: Sequence[str]) -> tuple[list[Result], list[str]]:
    """The runs with a swept learning rate settled, and the keys that then still differ.

    Of each cell the runs at one rate are kept: the best by mean validation accuracy among the rates at which most
    seeds finished, so that every activation has had the same number of tries. Without a validation set there is
    nothing to choose by: each rate stays a cell of its own.
    """
    if LR not in swept or any(r["val_acc"] is None for r in ok(results)):
        return list(results), list(swept)
    others = [key for key in swept if key != LR]
    kept = []
    for runs in cells(results, others).values():
        by_rate: dict[float, list[Result]] = {}
        for r in runs:
            by_rate.setdefault(r["lr"], []).append(r)
        kept += max(by_rate.values(), key=lambda runs: _worth(runs))
    return kept, others


def _worth(runs: Iterable[Result]) -> tuple[int, float]:
    reached = [r["val_acc"] for r in ok(runs)]
    return len(reached), mean(reached) if reached else 0.0
