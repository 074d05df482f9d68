"""Cells: the runs of a study that differ by their seed alone."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from mnist_exp.runs.record import Record
from mnist_exp.study.swept_settings import HIDDEN, LR, Settings, format_settings, network_label, settings_of


@dataclass(frozen=True)
class Cell:
    """What runs have in common that differ by their seed alone."""

    data: str
    model: str
    swept: tuple[tuple[str, str], ...]  # settings that were swept, and their values here
    activation: str | None

    @property
    def settings(self) -> Settings:
        return dict(self.swept)

    @property
    def name(self) -> str:
        """cnn mish optimizer.lr=0.003"""
        return " ".join([*filter(None, (self.model, self.activation)), *format_settings(self.swept)])

    @property
    def network(self) -> str:
        """The network with the sizes that were swept: mlp 12×100."""
        return " ".join([self.model, *(value for key, value in self.swept if key == HIDDEN)])

    @property
    def arm(self) -> str:
        """What is compared on a network: the activation, with the other swept settings: mish lr=0.003."""
        others = [(key.rpartition(".")[2], value) for key, value in self.swept if key != HIDDEN]
        return " ".join([self.activation or "(no activation)", *format_settings(others)])

    @property
    def block(self) -> str:
        """Where activations are compared, with all swept settings and the data set: mlp 12×100 recipe=muon on mnist."""
        others = [(key, value) for key, value in self.swept if key != HIDDEN]
        return " ".join([self.network, *format_settings(others), "on", self.data])

    def without_activation(self) -> "Cell":
        return replace(self, activation=None)


def cell_of(record: Record, swept: Sequence[str]) -> Cell:
    settings = settings_of(record, swept)
    return Cell(record.data, network_label(record), tuple(settings.items()), record.activation)


def cells(records: Iterable[Record], swept: Sequence[str]) -> dict[Cell, list[Record]]:
    """All runs by cell, including those that failed, diverged or are missing."""
    grouped: dict[Cell, list[Record]] = {}
    for record in records:
        grouped.setdefault(cell_of(record, swept), []).append(record)
    return grouped


def natural_order(text: str) -> list[tuple[int, str]]:
    """A sort key by which numbers in a text are ordered by value: 2×100 before 10×100."""
    return [(int(part or 0), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text)]


def mean_curve(runs: Sequence[Record], key: str) -> list[tuple[int, float]]:
    """A metric by epoch, mean over the runs, for the epochs that all of them have it for."""
    return [(epoch, mean(values)) for epoch, values in values_by_epoch(runs, key).items()]


def values_by_epoch(runs: Sequence[Record], key: str) -> dict[int, list[float]]:
    """A metric of all runs, for the epochs that all of them have it for."""
    epochs = enumerate(zip(*(run.history for run in runs), strict=False), start=1)
    return {
        epoch: [row[key] for row in rows] for epoch, rows in epochs if all(row.get(key) is not None for row in rows)
    }


def ok(runs: Iterable[Record]) -> list[Record]:
    """The runs that ended well."""
    return [run for run in runs if run.status == "ok"]


def count_range(counts: Collection[int]) -> str:
    """8, or 3 to 8"""
    return " to ".join(str(n) for n in sorted({min(counts), max(counts)}))


def count_not_ok(runs: Sequence[Record]) -> str:
    """2 diverged, 1 missing"""
    statuses = [run.status for run in runs if run.status != "ok"]
    return ", ".join(f"{statuses.count(status)} {status}" for status in sorted(set(statuses)))


def select_learning_rates(records: Sequence[Record], swept: Sequence[str]) -> tuple[list[Record], list[str]]:
    """The runs at each cell's best learning rate, and the keys that then still differ.

    The best rate is the one at which most seeds finished and, among those, the one with the highest mean validation
    accuracy. Only seeds that have ended at every rate count, so that a rate does not win because the runs at the
    others are still to come. If any cell has no such seed, or no validation set, every rate stays a cell of its own.
    """
    others = [key for key in swept if key != LR]
    if LR not in swept:
        return list(records), list(swept)
    best = [_runs_at_best_rate(runs) for runs in cells(records, others).values()]
    if any(runs is None for runs in best):
        return list(records), list(swept)
    return [run for runs in best for run in runs or ()], others


def _runs_at_best_rate(runs: Sequence[Record]) -> list[Record] | None:
    """Of one cell; None if its runs cannot decide."""
    by_rate: dict[float, list[Record]] = {}
    for run in runs:
        by_rate.setdefault(run.lr, []).append(run)
    if len(by_rate) == 1:
        return list(runs)
    ended = [{run.seed for run in at_rate if run.status in ("ok", "diverged")} for at_rate in by_rate.values()]
    seeds = set.intersection(*ended)
    if not seeds or any(run.val_acc is None for run in ok(runs)):
        return None

    def score(at_rate: Sequence[Record]) -> tuple[int, float]:
        accuracies = [run.val_acc for run in ok(at_rate) if run.seed in seeds and run.val_acc is not None]
        return len(accuracies), mean(accuracies) if accuracies else 0.0

    return max(by_rate.values(), key=score)
