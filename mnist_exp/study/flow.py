"""Predicted and measured through depth, before training: the size of activations, and of gradients.

A run predicts them itself, with models/signal_flow.py, and the probes measure them at its first step.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from mnist_exp.runs.measured_files import read_flow, read_probes
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import count_range


@dataclass(frozen=True)
class FlowValue:
    """A layer of one arm of a network: means over its seeds, and the range of what was measured."""

    network: str
    arm: str
    layer: str
    predicted: float
    measured: float
    low: float
    high: float
    n: int

    @property
    def ratio(self) -> float:
        """Measured by predicted."""
        return self.measured / self.predicted


@dataclass(frozen=True)
class Flow:
    """One quantity in every layer that has a prediction, with a sentence on how well it holds."""

    key: str
    title: str
    axis: str
    sentence: str
    meaning: str
    values: list[FlowValue]


@dataclass(frozen=True)
class FlowQuantity:
    """How a quantity is called, and where its prediction and its measurement are."""

    key: str
    predicted: str  # a column of flow.csv
    measured: Callable[[Mapping[str, Any]], float | None]  # from a row of probes.csv
    title: str
    axis: str
    meaning: str


def _mean_square(row: Mapping[str, Any]) -> float | None:
    centre, sd = row.get("activation_mean"), row.get("activation_sd")
    return None if centre is None or sd is None else float(centre**2 + sd**2)


def _gradient_norm(row: Mapping[str, Any]) -> float | None:
    return row.get("gradient_norm")


QUANTITIES = (
    FlowQuantity(
        key="predicted_activations",
        predicted="mean_square",
        measured=_mean_square,
        title="Size of the activations at the first step, predicted and measured",
        axis="mean square of the activations",
        meaning="The mean square of what an activation returns is the size of the signal that the next layer gets. "
        "The prediction needs the activation function and the initial weights only. It holds for wide layers.",
    ),
    FlowQuantity(
        key="predicted_gradients",
        predicted="gradient_norm",
        measured=_gradient_norm,
        title="Gradient norm at the first step, predicted and measured",
        axis="gradient norm",
        meaning="Where the predicted gradient is tiny, the function and the initial weights are the reason, and not "
        "the training. On the way back a gradient is multiplied by the activation's derivative in each layer.",
    ),
)


def predicted_flow(networks: Mapping[str, Mapping[str, Sequence[Record]]]) -> list[Flow]:
    """Each quantity that was predicted and measured; the runs are given by network and arm."""
    found = {quantity: list(_values(networks, quantity)) for quantity in QUANTITIES}
    return [
        Flow(q.key, q.title, q.axis, flow_sentence(values, q.axis), q.meaning, values)
        for q, values in found.items()
        if values
    ]


def _values(networks: Mapping[str, Mapping[str, Sequence[Record]]], quantity: FlowQuantity) -> Iterator[FlowValue]:
    for network, by_arm in networks.items():
        for arm, runs in by_arm.items():
            pairs: dict[str, list[tuple[float, float]]] = {}
            for run in runs:
                for layer, pair in _of_run(run, quantity).items():
                    pairs.setdefault(layer, []).append(pair)
            for layer, found in pairs.items():
                predicted, measured = zip(*found, strict=True)
                ends = min(measured), max(measured)
                yield FlowValue(network, arm, layer, mean(predicted), mean(measured), *ends, len(found))


def _of_run(run: Record, quantity: FlowQuantity) -> dict[str, tuple[float, float]]:
    """Predicted and measured in each layer of a run that has both, as positive numbers."""
    predicted = {row["layer"]: row.get(quantity.predicted) for row in read_flow(run.run_dir)}
    rows = read_probes(run.run_dir) if predicted else []
    pairs = {row["layer"]: (predicted.get(row["layer"]), quantity.measured(row)) for row in rows if row["step"] == 0}
    return {layer: (a, b) for layer, (a, b) in pairs.items() if a and b and _is_size(a) and _is_size(b)}


def _is_size(value: float) -> bool:
    return math.isfinite(value) and value > 0


def flow_sentence(values: Sequence[FlowValue], name: str) -> str:
    """How far measured values are from predicted ones, in the middle and at most."""
    worst = max(values, key=factor)
    seeds = f"(n = {count_range([value.n for value in values])})"
    farthest = f"{_place(worst, values)}, {worst.ratio:.3g} times the prediction {seeds}"
    if len(values) == 1:
        return f"The {name} in {farthest}."
    off = median(factor(value) for value in values)
    return (
        f"Of {len(values)} layers, counted for each activation, half have a {name} within a factor of {off:.2f} of the "
        f"prediction. Farthest: {farthest}."
    )


def factor(value: FlowValue) -> float:
    """By how much measured and predicted differ: 2 if one is twice the other."""
    return max(value.ratio, 1 / value.ratio)


def _place(value: FlowValue, values: Sequence[FlowValue]) -> str:
    network = f" of {value.network}" if len({other.network for other in values}) > 1 else ""
    return f"{value.layer}{network} with {value.arm}"
