"""The networks that the playground can ask, and their answers to a drawing as plain values for JSON."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mnist_exp.data.datasets import LabelledImages
from mnist_exp.models.activations import is_silent
from mnist_exp.models.layers import activation_calls
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import TrainedRun, best_run
from mnist_exp.study.cells import cells, natural_order
from mnist_exp.study.swept_settings import swept_keys


@dataclass(frozen=True)
class Playground:
    arms: dict[str, list[TrainedRun]]  # by network: one of each activation, best first
    test: LabelledImages | None  # images that can be picked
    data: str  # what they are, or why there are none

    def describe(self) -> dict[str, Any]:
        networks = [{"name": name, "arms": [_describe(arm) for arm in arms]} for name, arms in self.arms.items()]
        return {"networks": networks, "tests": 0 if self.test is None else len(self.test.labels), "data": self.data}

    def answer(self, network: str, chosen: int, pixels: np.ndarray) -> dict[str, Any]:
        """What every activation's network predicts for an image (28, 28), and the layers of the chosen one."""
        responses = [respond(arm, pixels) for arm in self.arms[network]]
        answers = [{"probabilities": each.probabilities, "silent": each.silent} for each in responses]
        return {"seen": encoded(pixels), "answers": answers, "layers": [*layer_maps(responses[chosen])]}


@dataclass(frozen=True)
class Response:
    """One network's response to one image."""

    probabilities: list[float]
    layers: dict[str, tuple[Tensor, Tensor]]  # after each activation: values, and where they are silent

    @property
    def silent(self) -> float | None:
        """The share of silent units. A channel of a convolution is one unit, silent if it is so everywhere."""
        units = [silent_everywhere(silent) for _, silent in self.layers.values()]
        return torch.cat(units).float().mean().item() if units else None


def best_of_each(records: Sequence[Record]) -> dict[str, list[Record]]:
    """By network, of each activation the run best by validation, best first."""
    swept = swept_keys(records)
    several = len({record.data for record in records}) > 1
    groups: dict[str, dict[str | None, list[Record]]] = {}
    for cell, runs in cells(records, swept).items():
        name = cell.network + f" on {cell.data}" * several
        groups.setdefault(name, {}).setdefault(cell.activation, []).extend(runs)
    best = {name: [best_run(runs) or runs[0] for runs in arms.values()] for name, arms in groups.items()}
    return {name: sorted(best[name], key=lambda run: -(run.val_acc or 0)) for name in sorted(best, key=natural_order)}


def _describe(arm: TrainedRun) -> dict[str, Any]:
    from mnist_exp.figures.style import line

    record = arm.record
    return {
        "name": record.activation or "no activation",
        "colour": line(record.activation)["color"],
        "seed": record.seed,
        "val_acc": record.val_acc,
        "test_acc": record.test_acc,
        "data": record.data,
    }


def respond(arm: TrainedRun, pixels: np.ndarray) -> Response:
    """What a network predicts for an image, and what each of its activations returns.

    A unit is silent where its value or its derivative is zero: it passes nothing on, or could learn nothing from it.
    """
    images = torch.from_numpy(pixels)[None, None]
    with torch.no_grad():
        logits = arm.model(images)[0]  # not of the calls below: some networks average several views
        calls = activation_calls(arm.model.network, arm.model.standardise(images))
    layers = {
        name: (call.output[0], is_silent(call.layer, call.inputs, call.output)[0]) for name, call in calls.items()
    }
    return Response([round(p, 6) for p in logits.softmax(0).tolist()], layers)


def silent_everywhere(silent: Tensor) -> Tensor:
    """By unit: whether it is silent at all its places."""
    return silent.reshape(len(silent), -1).all(1)


def layer_maps(response: Response) -> Iterator[dict[str, Any]]:
    """Each layer's values as pictures with one scale per layer; a dense unit is a single pixel."""
    for name, (values, silent) in response.layers.items():
        maps = values.reshape(len(values), -1).numpy()
        high, wide = values.shape[1:] if values.dim() == 3 else (1, 1)
        low, top = float(maps.min()), float(maps.max())
        scaled = np.rint((maps - low) / (top - low or 1) * 255).astype(np.uint8)
        units = silent_everywhere(silent)
        yield {
            **{"name": name, "high": high, "wide": wide, "maps": encoded(scaled), "range": [low, top]},
            **{"silent": units.nonzero().flatten().tolist(), "units": len(units)},
            "places": silent.float().mean().item(),
        }


def encoded(pixels: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(pixels, dtype=np.uint8).tobytes()).decode()
