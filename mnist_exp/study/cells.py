"""What belongs together among a sweep's runs: the cells whose runs differ by their seed alone."""

import re
from collections.abc import Iterable, Iterator, Sequence
from statistics import mean
from typing import Any, NamedTuple

from mnist_exp.runs.identity import deciding_settings
from mnist_exp.runs.record import Record

LR, HIDDEN = "optimizer.lr", "model.hidden"
RECIPE = "recipe"  # a group of settings with a name
ABSENT = "None"  # a setting that a network, or an older version, does not have


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
        return format_settings(zip(keys, self.swept, strict=True))

    def network(self, keys: Sequence[str]) -> str:
        """The network, with what was swept of its structure: mlp 12×100."""
        structure = [value for key, value in zip(keys, self.swept, strict=True) if key == HIDDEN]
        return " ".join([self.model, *structure])

    def arm(self, keys: Sequence[str]) -> str:
        """What is compared on a network: the activation, with whatever else was swept."""
        pairs = zip(keys, self.swept, strict=True)
        rest = format_settings((key.rpartition(".")[2], value) for key, value in pairs if key != HIDDEN)
        return " ".join([self.activation or "(no activation)", *rest])


def format_settings(settings: Iterable[tuple[str, str]]) -> list[str]:
    """optimizer.lr=0.003, and nothing of what is not set."""
    return [f"{key}={value}" for key, value in settings if value != ABSENT]


def natural(text: str) -> list[tuple[int, str]]:
    """To sort by: numbers inside a text by their value, 2×100 before 10×100."""
    return [(int(part or 0), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text)]


def label(result: Record) -> str:
    """What a run's network goes by: the published setup it repeats, or the network's own name."""
    return result.get("experiment") or result["model"]


def swept_keys(results: Iterable[Record]) -> list[str]:
    """The settings, besides activation and seed, in which runs of one network on one set of data differ; of what
    recipes differ by, their names and what was typed besides."""
    results = list(results)
    by_network: dict[tuple[str, ...], list[dict[str, str]]] = {}
    by_recipe: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for r in results:
        own = _settings(r)
        by_network.setdefault((r["data"], label(r)), []).append(own)
        by_recipe.setdefault((r["data"], label(r), own[RECIPE]), []).append(own)
    by_hand = {RECIPE}.union(*(typed(r) for r in results))
    return sorted(_differing(by_recipe.values()) | (by_hand & _differing(by_network.values())))


def _differing(groups: Iterable[Sequence[dict[str, str]]]) -> set[str]:
    """The settings of which a group has several values."""
    return {
        name
        for alike in groups
        for name in set().union(*alike)
        if len({settings.get(name, ABSENT) for settings in alike}) > 1
    }


def _settings(result: Record) -> dict[str, str]:
    """All that decides the numbers, flat, but for what has a column of its own."""

    def flat(node: Any, path: str) -> Iterator[tuple[str, str]]:
        if not isinstance(node, dict):
            yield path, _short(node)
            return
        for name, value in node.items():
            yield from flat(value, f"{path}.{name}" if path else name)

    own = ("seed", "model.name", "model.activation", "data.name")
    found = {name: value for name, value in flat(deciding_settings(result.config), "") if name not in own}
    return found | {RECIPE: typed(result).get(RECIPE, ABSENT)}


def typed(result: Record) -> dict[str, str]:
    """What was typed for a run, by key; no recipe is as none typed."""
    found = dict(override.lstrip("+").split("=", 1) for override in result["overrides"] if "=" in override)
    return {key: value for key, value in found.items() if (key, value) != (RECIPE, "null")}


def _short(value: Any) -> str:
    """As text; a list of one number over and over as 12×100."""
    if isinstance(value, list) and len(value) > 1 and len(set(map(str, value))) == 1:
        return f"{len(value)}×{value[0]}"
    return str(value)


def settings(result: Record, names: Sequence[str]) -> dict[str, str]:
    """Some of them; None for a network that does not have it."""
    all_of_them = _settings(result) if names else {}
    return {name: all_of_them.get(name, ABSENT) for name in names}


def cells(results: Iterable[Record], swept: Sequence[str]) -> dict[Cell, list[Record]]:
    """All runs by cell, those that failed, diverged or are missing too."""
    found: dict[Cell, list[Record]] = {}
    for r in results:
        cell = Cell(r["data"], label(r), tuple(settings(r, swept).values()), r["activation"])
        found.setdefault(cell, []).append(r)
    return found


def mean_curve(runs: Sequence[Record], key: str) -> list[tuple[int, float]]:
    """A figure of the history by epoch, mean over the runs, as far as all of them have it."""
    together = enumerate(zip(*(r["history"] for r in runs), strict=False), start=1)
    return [
        (epoch, mean(row[key] for row in rows))
        for epoch, rows in together
        if all(row.get(key) is not None for row in rows)
    ]


def ok(runs: Iterable[Record]) -> list[Record]:
    return [r for r in runs if r["status"] == "ok"]


def lost(runs: Sequence[Record]) -> str:
    """2 diverged, 1 missing"""
    statuses = [r["status"] for r in runs if r["status"] != "ok"]
    return ", ".join(f"{statuses.count(one)} {one}" for one in sorted(set(statuses)))


def at_best_rate(results: Sequence[Record], swept: Sequence[str]) -> tuple[list[Record], list[str]]:
    """The runs with a swept learning rate settled, and the keys that then still differ.

    Of each cell the runs at one rate are kept: that at which most seeds finished and, among those, the best by mean
    validation accuracy, over the seeds that have ended at every rate: a rate is not the best because the others are
    still to come. Where a cell has no such seed, or no validation set to choose by, each rate stays a cell of its own.
    """
    others = [key for key in swept if key != LR]
    best = [_best(runs) for runs in cells(results, others).values()] if LR in swept else [None]
    if any(runs is None for runs in best):
        return list(results), list(swept)
    return [r for runs in best for r in runs or ()], others


def _best(runs: Sequence[Record]) -> list[Record] | None:
    """Of one cell, those at its best rate."""
    by_rate: dict[float, list[Record]] = {}
    for r in runs:
        by_rate.setdefault(r["lr"], []).append(r)
    if len(by_rate) == 1:
        return list(runs)
    ended = [{r["seed"] for r in own if r["status"] in ("ok", "diverged")} for own in by_rate.values()]
    everywhere = set.intersection(*ended)
    if not everywhere or any(r["val_acc"] is None for r in ok(runs)):
        return None

    def worth(own: Sequence[Record]) -> tuple[int, float]:
        reached = [r["val_acc"] for r in ok(own) if r["seed"] in everywhere]
        return len(reached), mean(reached) if reached else 0.0

    return max(by_rate.values(), key=worth)
