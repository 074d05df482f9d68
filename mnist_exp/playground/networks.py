"""The networks of the playground, and what they compute for a drawing, as plain values for JSON."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.figures.style import line
from mnist_exp.models.activations import is_silent
from mnist_exp.models.layers import LayerCall, activation_calls
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import TrainedRun, best_run
from mnist_exp.study.cells import cells, natural_order
from mnist_exp.study.swept_settings import swept_keys


@dataclass(frozen=True)
class ArmDescription:
    """One activation's network, as the page lists it."""

    name: str
    colour: str
    seed: int
    val_acc: float | None
    test_acc: float | None
    data: str


@dataclass(frozen=True)
class NetworkDescription:
    """A network with the activations that it was trained with."""

    name: str
    arms: list[ArmDescription]


@dataclass(frozen=True)
class Description:
    """What the playground offers."""

    networks: list[NetworkDescription]
    test_size: int  # how many test digits can be chosen
    data: str  # which test set that is, or why there is none


@dataclass(frozen=True)
class Prediction:
    """What one network predicts for an image."""

    probabilities: list[float]
    silent_share: float | None  # of its units


@dataclass(frozen=True)
class LayerMaps:
    """One layer's values as images with a common scale; a dense unit is a single pixel."""

    name: str
    units: int
    height: int
    width: int
    maps: str  # units × height × width bytes, base64
    minimum: float  # the value of byte 0
    maximum: float  # the value of byte 255
    silent_units: list[int]
    silent_share: float  # of all positions


@dataclass(frozen=True)
class Answer:
    """What the networks compute for an image."""

    pixels: str  # their input, 28×28 bytes, base64
    label: int | None  # of a test digit
    predictions: list[Prediction]  # of each activation
    layers: list[LayerMaps]  # of the inspected network


@dataclass(frozen=True)
class Playground:
    """The networks, and the test digits that can be chosen."""

    arms: dict[str, list[TrainedRun]]  # by network: one run of each activation, best first
    test_set: LabelledImages | None
    data: str  # which test set that is, or why there is none

    def describe(self) -> Description:
        """What the page offers for choice."""
        networks = [NetworkDescription(name, [*map(describe_arm, arms)]) for name, arms in self.arms.items()]
        return Description(networks, 0 if self.test_set is None else len(self.test_set.labels), self.data)

    def answer(self, network: str, inspected: int, pixels: np.ndarray, label: int | None = None) -> Answer:
        """What all activations predict.

        Args:
            network: its name.
            inspected: the index of the activation whose layers are wanted.
            pixels: uint8 (28, 28).
            label: the actual digit, if known.
        """
        responses = [respond(arm, pixels) for arm in self.arms[network]]
        predictions = [Prediction(response.probabilities, response.silent_share) for response in responses]
        return Answer(encode(pixels), label, predictions, [*layer_maps(responses[inspected])])


@dataclass(frozen=True)
class LayerResponse:
    """What an activation returns for one image; both tensors are (units, …)."""

    values: Tensor
    silent: Tensor  # where the value or the derivative is zero

    @property
    def silent_units(self) -> Tensor:
        """Whether each unit is silent. A channel of a convolution is one unit, silent if it is silent everywhere."""
        return self.silent.reshape(len(self.silent), -1).all(1)


@dataclass(frozen=True)
class NetworkResponse:
    """What a network computes for one image."""

    probabilities: list[float]
    layers: dict[str, LayerResponse]  # by the layer before the activation

    @property
    def silent_share(self) -> float | None:
        """The share of silent units; None for a network without hidden units."""
        units = [layer.silent_units for layer in self.layers.values()]
        return torch.cat(units).float().mean().item() if units else None


def best_of_each(records: Sequence[Record]) -> dict[str, list[Record]]:
    """By network: each activation's best run by validation accuracy, best first."""
    several_data = len({record.data for record in records}) > 1
    groups: dict[str, dict[str | None, list[Record]]] = {}
    for cell, runs in cells(records, swept_keys(records)).items():
        name = f"{cell.network} on {cell.data}" if several_data else cell.network
        groups.setdefault(name, {}).setdefault(cell.activation, []).extend(runs)
    best = {name: [best_run(runs) or runs[0] for runs in arms.values()] for name, arms in groups.items()}
    return {name: sorted(best[name], key=lambda run: -(run.val_acc or 0)) for name in sorted(best, key=natural_order)}


def describe_arm(arm: TrainedRun) -> ArmDescription:
    """What the page shows of a run."""
    record = arm.record
    name, colour = record.activation or "no activation", line(record.activation)["color"]
    return ArmDescription(name, colour, record.seed, record.val_acc, record.test_acc, record.data)


def respond(arm: TrainedRun, pixels: np.ndarray) -> NetworkResponse:
    """What a network predicts for an image, uint8 (28, 28), and what each of its activations returns."""
    images = torch.from_numpy(pixels)[None, None]
    with torch.no_grad():
        # A call of its own, because some networks average several views of an image.
        logits = arm.model(images)[0]
        calls = activation_calls(arm.model.network, arm.model.standardise(images))
    layers = {name: layer_response(call) for name, call in calls.items()}
    return NetworkResponse([round(p, 6) for p in logits.softmax(0).tolist()], layers)


def layer_response(call: LayerCall) -> LayerResponse:
    """An activation's response to the first image of a call."""
    return LayerResponse(call.output[0], is_silent(call.layer, call.inputs, call.output)[0])


def layer_maps(response: NetworkResponse) -> Iterator[LayerMaps]:
    """The values of each layer as images."""
    for name, layer in response.layers.items():
        units = len(layer.values)
        maps = layer.values.reshape(units, -1).numpy()
        height, width = layer.values.shape[1:] if layer.values.dim() == 3 else (1, maps.shape[1])
        minimum, maximum = float(maps.min()), float(maps.max())
        scaled = np.rint((maps - minimum) / (maximum - minimum or 1) * 255).astype(np.uint8)
        silent_units = layer.silent_units.nonzero().flatten().tolist()
        silent_share = layer.silent.float().mean().item()
        yield LayerMaps(name, units, height, width, encode(scaled), minimum, maximum, silent_units, silent_share)


def encode(pixels: np.ndarray) -> str:
    """Bytes as base64."""
    return b64encode(np.ascontiguousarray(pixels, dtype=np.uint8).tobytes()).decode()
