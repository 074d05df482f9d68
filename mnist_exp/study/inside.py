"""What the probes measured in each layer: gradients at the first step, dead and saturated units at the last."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from mnist_exp.runs.measured_files import read_probes
from mnist_exp.runs.record import Record
from mnist_exp.study.inside_sentences import compare_gradients, compare_shares


@dataclass(frozen=True)
class LayerValue:
    """What was measured in one layer of one arm of a network: the mean over its seeds, and their range."""

    network: str
    arm: str
    activation: str | None
    layer: str
    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class InsideMeasure:
    """One quantity in every layer that was probed, with a sentence on what it shows."""

    key: str
    title: str
    unit: str
    log: bool
    sentence: str
    meaning: str
    values: list[LayerValue]

    @property
    def label(self) -> str:
        """The title with its unit, for an axis."""
        return ", ".join(filter(None, [self.title, self.unit]))


@dataclass(frozen=True)
class Quantity:
    """A column of probes.csv at one step."""

    key: str
    column: str
    choose_step: Callable[[Iterable[float]], float]
    title: str
    unit: str
    log: bool
    meaning: str
    describe: Callable[[Sequence[LayerValue]], str]

    @property
    def factor(self) -> float:
        """From the unit of probes.csv to the shown one."""
        return 100 if self.unit == "%" else 1


GRADIENTS = Quantity(
    key="gradients",
    column="gradient_norm",
    choose_step=min,
    title="Gradient norm at the first step",
    unit="",
    log=True,
    meaning="The gradient says how a layer's weights should change, and its norm is its length. "
    "Where it is tiny, the layer hardly learns.",
    describe=compare_gradients,
)
DEAD = Quantity(
    key="dead",
    column="dead",
    choose_step=max,
    title="Dead units at the end",
    unit="%",
    log=False,
    meaning="A unit is dead if its output or its slope is zero for every image of a fixed batch. "
    "It passes nothing on, or it cannot learn.",
    describe=lambda values: compare_shares(values, "units", "dead"),
)
SATURATED = Quantity(
    key="saturated",
    column="saturated",
    choose_step=max,
    title="Saturated inputs at the end",
    unit="%",
    log=False,
    meaning="An activation is saturated at inputs where its slope is below 0.01: hardly any gradient passes there. "
    "For relu these are all negative inputs.",
    describe=lambda values: compare_shares(values, "activation's inputs", "saturated"),
)
QUANTITIES = (GRADIENTS, DEAD, SATURATED)


def measured_inside(networks: Mapping[str, Mapping[str, Sequence[Record]]]) -> list[InsideMeasure]:
    """Each quantity that was probed; the runs are given by network and arm."""
    found = {quantity: list(_layer_values(networks, quantity)) for quantity in QUANTITIES}
    return [
        InsideMeasure(q.key, q.title, q.unit, q.log, q.describe(values), q.meaning, values)
        for q, values in found.items()
        if values
    ]


def values_by_layer(run: Record, quantity: Quantity) -> dict[str, float]:
    """What was measured in each layer of a run; empty without probes."""
    rows = read_probes(run.run_dir)
    step = quantity.choose_step(row["step"] for row in rows) if rows else 0
    measured = {row["layer"]: row.get(quantity.column) for row in rows if row["step"] == step}
    return {
        layer: quantity.factor * value
        for layer, value in measured.items()
        if value is not None and math.isfinite(value)
    }


def _layer_values(networks: Mapping[str, Mapping[str, Sequence[Record]]], quantity: Quantity) -> Iterator[LayerValue]:
    for network, by_arm in networks.items():
        for arm, runs in by_arm.items():
            by_layer: dict[str, list[float]] = {}
            for run in runs:
                for layer, value in values_by_layer(run, quantity).items():
                    by_layer.setdefault(layer, []).append(value)
            for layer, values in by_layer.items():
                limits = min(values), max(values)
                yield LayerValue(network, arm, runs[0].activation, layer, mean(values), *limits, len(values))
