"""What is compared: the runs of each activation by seed, and pairs of activations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, ok

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Arm:
    """An activation on one network and data set."""

    name: str
    runs: dict[int, Record]  # that ended well, by seed
    ended: list[Record]  # all runs, those without a result too

    @classmethod
    def of(cls, name: str, runs: Sequence[Record]) -> "Arm":
        """An arm with these runs."""
        return cls(name, {run.seed: run for run in ok(runs) if run.test_acc is not None}, list(runs))

    def accuracy(self, seed: int) -> float:
        """The test accuracy, NaN if there is none."""
        accuracy = self.runs[seed].test_acc if seed in self.runs else None
        return float("nan") if accuracy is None else accuracy


@dataclass(frozen=True)
class Pair:
    """Two activations and the seeds that both have; with `below`, only the seeds below it."""

    a: Arm
    b: Arm
    below: int | None = None

    @property
    def seeds(self) -> list[int]:
        """The seeds that are compared."""
        both = sorted(self.a.runs.keys() & self.b.runs.keys())
        return both if self.below is None else [seed for seed in both if seed < self.below]

    @property
    def differences(self) -> list[float]:
        """Accuracy of a minus that of b, seed by seed."""
        return [self.a.accuracy(seed) - self.b.accuracy(seed) for seed in self.seeds]

    @property
    def resolution(self) -> float:
        """The accuracy that one test image counts; 0 where the records do not say how many there are."""
        per_class = next(iter(self.a.runs.values())).per_class
        return 1 / sum(per_class["support"]) if per_class else 0.0


def networks(records: Sequence[Record], swept: Sequence[str]) -> dict[Cell, list[Arm]]:
    """The activations on each network and data set."""
    found: dict[Cell, list[Arm]] = {}
    for cell, runs in cells(records, swept).items():
        if cell.activation is not None:
            found.setdefault(cell.without_activation(), []).append(Arm.of(cell.activation, runs))
    return found


def pairs_of(arms: Sequence[Arm], control: str | None) -> Iterator[Pair]:
    """Every two activations with a common seed; with a control, each other one and the control."""
    for a, b in combinations(arms, 2):
        pair = Pair(b, a) if control == a.name else Pair(a, b)
        if control in (None, a.name, b.name) and pair.seeds:
            yield pair


def differences_by_seed(pairs: Sequence[Pair]) -> Array:
    """A row for each seed and a column for each pair; NaN where a pair lacks a seed."""
    rows = {seed: row for row, seed in enumerate(sorted({seed for pair in pairs for seed in pair.seeds}))}
    matrix = np.full((len(rows), len(pairs)), np.nan)
    for column, pair in enumerate(pairs):
        matrix[[rows[seed] for seed in pair.seeds], column] = pair.differences
    return matrix


def accuracies_by_seed(pairs: Sequence[Pair]) -> tuple[Array, list[tuple[int, int]]]:
    """A row for each seed and a column for each activation, NaN where it lacks a seed; and each pair as columns."""
    arms = {arm.name: arm for pair in pairs for arm in (pair.a, pair.b)}
    seeds = sorted({seed for arm in arms.values() for seed in arm.runs})
    columns = {name: column for column, name in enumerate(arms)}
    matrix = np.array([[arm.accuracy(seed) for arm in arms.values()] for seed in seeds])
    return matrix, [(columns[pair.a.name], columns[pair.b.name]) for pair in pairs]
