"""The networks of the playground, and what they compute for a drawing."""

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
from mnist_exp.playground.values import (
    Answer,
    ArmDescription,
    Description,
    LayerMaps,
    NetworkDescription,
    Prediction,
)
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import TrainedRun, best_run
from mnist_exp.study.cells import cells, natural_order
from mnist_exp.study.swept_settings import swept_keys


@dataclass(frozen=True)
class Network:
    """One network of the page, trained with several activations on the same data."""

    arms: list[TrainedRun]  # one run of each activation, best first
    test_set: LabelledImages | None
    data: str  # which test set that is, or why there is none

    @property
    def classes(self) -> list[str]:
        """The names of the classes, in the order of the labels."""
        return self.arms[0].record.config.images.classes


@dataclass(frozen=True)
class Playground:
    """The networks by name, each with the test images that can be chosen."""

    networks: dict[str, Network]

    def describe(self) -> Description:
        """What the page offers for choice."""
        return Description([describe_network(name, network) for name, network in self.networks.items()])

    def answer(self, network: str, inspected: int, pixels: np.ndarray, label: int | None = None) -> Answer:
        """What all activations predict.

        Args:
            network: its name.
            inspected: the index of the activation whose layers are wanted.
            pixels: uint8 (28, 28).
            label: the index of the actual class, if known.
        """
        chosen = self.networks[network]
        responses = [respond(arm, pixels) for arm in chosen.arms]
        predictions = [Prediction(response.probabilities, response.silent_share) for response in responses]
        name = None if label is None else chosen.classes[label]
        return Answer(encode(pixels), name, predictions, [*layer_maps(responses[inspected])])


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


def describe_network(name: str, network: Network) -> NetworkDescription:
    """What the page shows of a network."""
    arms = [describe_arm(arm) for arm in network.arms]
    test_size = 0 if network.test_set is None else len(network.test_set.labels)
    return NetworkDescription(name, arms, network.classes, test_size, network.data)


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
