"""Which measured property goes with accuracy: rank correlations over the activations of a network.

They are associations. Activations differ in many ways at once, so none of these is shown to be a cause.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

from mnist_exp.runs.chance import did_not_learn
from mnist_exp.runs.measured_files import read_probes
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, natural_order, ok, select_learning_rates
from mnist_exp.study.rank_correlation import RankCorrelation, rank_correlation
from mnist_exp.study.statistics import ALPHA, holm

FEWEST = 5  # activations
ProbeRows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Property:
    """A number of a run: from its record, and from what its probes measured."""

    key: str
    title: str
    noun: str  # in a sentence: accuracy is higher where … is lower
    of: Callable[[Record, ProbeRows], float | None]


def _gradient_ratio(_run: Record, rows: ProbeRows) -> float | None:
    """Gradient norm of the first layer divided by that of the last, at the first step."""
    start = min((row["step"] for row in rows), default=None)
    norms = [row["gradient_norm"] for row in rows if row["step"] == start and row.get("gradient_norm") is not None]
    return norms[0] / norms[-1] if len(norms) > 1 and norms[-1] else None


def _at_the_end(column: str) -> Callable[[Record, ProbeRows], float | None]:
    """The mean of a column over the layers, after the last step."""

    def of(_run: Record, rows: ProbeRows) -> float | None:
        end = max((row["step"] for row in rows), default=None)
        values = [row[column] for row in rows if row["step"] == end and row.get(column) is not None]
        return mean(values) if values else None

    return of


PROPERTIES = (
    Property("gradient_ratio", "gradient, first / last", "the gradient ratio of first to last layer", _gradient_ratio),
    Property("dead", "dead units", "the share of dead units", _at_the_end("dead")),
    Property("saturated", "saturated inputs", "the share of saturated inputs", _at_the_end("saturated")),
    Property("kurtosis", "activation kurtosis", "the kurtosis of the activations", _at_the_end("activation_kurtosis")),
    Property("seconds", "training time", "the training time", lambda run, _: run.train_seconds),
)


@dataclass(frozen=True)
class Association:
    """A property and accuracy over the activations of a block; no correlation if one of the two is always equal."""

    block: Cell  # without activation
    measure: Property
    values: Mapping[str, tuple[float, float]]  # activation → property and test accuracy, means over its seeds
    correlation: RankCorrelation | None
    p_adjusted: float | None = None  # Holm's, for all correlations of the study

    @property
    def is_shown(self) -> bool:
        """Whether the test rejects that there is no association."""
        return self.p_adjusted is not None and self.p_adjusted < ALPHA

    def csv_row(self) -> dict[str, Any]:
        """A row of associations.csv."""
        found = self.correlation
        return {
            **{"data": self.block.data, "model": self.block.model, **self.block.settings},
            **{"property": self.measure.key, "activations": len(self.values)},
            **{name: found and getattr(found, name) for name in ("rho", "low", "high", "p")},
            "p_adjusted": self.p_adjusted,
        }


@dataclass(frozen=True)
class Associations:
    """All of a study, and the largest number of activations that learned in any block."""

    found: list[Association]
    most_activations: int
    probed: bool  # whether any run has probes

    @property
    def correlated(self) -> list[tuple[Association, RankCorrelation]]:
        """Those with a correlation."""
        return [(one, one.correlation) for one in self.found if one.correlation is not None]


def study_associations(records: Sequence[Record], swept: Sequence[str]) -> Associations:
    """Of all runs of a study, each cell at its best learning rate."""
    selected, others = select_learning_rates(records, swept)
    return associations(cells(selected, others))


def associations(by_cell: Mapping[Cell, Sequence[Record]]) -> Associations:
    """Each property in each block: a network on a data set with the same swept settings.

    Activations with a run that did not learn are left out, and blocks with fewer than FEWEST of the others.
    """
    blocks: dict[Cell, dict[str, dict[str, float]]] = {}
    for cell, runs in by_cell.items():
        tested = [run for run in ok(runs) if run.test_acc is not None]
        if cell.activation and tested and not any(map(did_not_learn, tested)):
            blocks.setdefault(cell.without_activation(), {})[cell.activation] = _means(tested)
    found = [one for block in sorted(blocks, key=_place) for one in _of_block(block, blocks[block])]
    arms = [arm for block in blocks.values() for arm in block.values()]
    probed = any(set(arm) - {"accuracy", "seconds"} for arm in arms)
    return Associations(_adjusted(found), max(map(len, blocks.values()), default=0), probed)


def _place(block: Cell) -> list[tuple[int, str]]:
    return natural_order(block.block)


def _means(runs: Sequence[Record]) -> dict[str, float]:
    """Accuracy and each property, means over the runs that have it."""
    values: dict[str, list[float]] = {"accuracy": [run.test_acc or 0.0 for run in runs]}
    for run in runs:
        rows = read_probes(run.run_dir)
        for one in PROPERTIES:
            value = one.of(run, rows)
            if value is not None and math.isfinite(value):
                values.setdefault(one.key, []).append(value)
    return {key: mean(found) for key, found in values.items()}


def _of_block(block: Cell, arms: Mapping[str, Mapping[str, float]]) -> Iterator[Association]:
    for one in PROPERTIES:
        values = {name: (arm[one.key], arm["accuracy"]) for name, arm in arms.items() if one.key in arm}
        if len(values) >= FEWEST:
            yield Association(block, one, values, rank_correlation(*zip(*values.values(), strict=True)))


def _adjusted(found: Sequence[Association]) -> list[Association]:
    p_values = iter(holm([one.correlation.p for one in found if one.correlation]))
    return [replace(one, p_adjusted=next(p_values)) if one.correlation else one for one in found]
