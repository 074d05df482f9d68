"""The networks one can ask, and what they answer to a drawing: plain values that become JSON."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mnist_exp.data.source import Digits
from mnist_exp.models.activations import ZERO, derivative
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import Trained
from mnist_exp.study.cells import cells, natural_order
from mnist_exp.study.swept import swept_keys
from mnist_exp.study.tables import best_run


@dataclass(frozen=True)
class Playground:
    arms: dict[str, list[Trained]]  # by network: one of each activation, best first
    test: Digits | None  # digits that can be picked
    data: str  # what those are of, or why there are none

    def describe(self) -> dict[str, Any]:
        networks = [{"name": name, "arms": [_describe(arm) for arm in arms]} for name, arms in self.arms.items()]
        return {"networks": networks, "tests": 0 if self.test is None else len(self.test.labels), "data": self.data}

    def answer(self, network: str, chosen: int, pixels: np.ndarray) -> dict[str, Any]:
        """What every activation's network says to an image (28, 28), and the inside of the chosen one."""
        asked = [look(arm, pixels) for arm in self.arms[network]]
        answers = [{"probabilities": each.probabilities, "silent": each.silent} for each in asked]
        return {"seen": encoded(pixels), "answers": answers, "layers": [*inside(asked[chosen])]}


@dataclass(frozen=True)
class Looked:
    probabilities: list[float]
    layers: dict[str, tuple[Tensor, Tensor]]  # after each activation: values, and which of them are silent

    @property
    def silent(self) -> float | None:
        """The share of units that are; a channel of a convolution is one unit, silent if it is so everywhere."""
        units = [everywhere(mute) for _, mute in self.layers.values()]
        return torch.cat(units).float().mean().item() if units else None


def best_of_each(results: Sequence[Record]) -> dict[str, list[Record]]:
    """By network, of each activation the run best by validation, best first."""
    swept = swept_keys(results)
    several = len({r["data"] for r in results}) > 1
    groups: dict[str, dict[str | None, list[Record]]] = {}
    for cell, runs in cells(results, swept).items():
        name = cell.network + f" on {cell.data}" * several
        groups.setdefault(name, {}).setdefault(cell.activation, []).extend(runs)
    best = {name: [best_run(runs) or runs[0] for runs in arms.values()] for name, arms in groups.items()}
    return {name: sorted(best[name], key=lambda r: -(r["val_acc"] or 0)) for name in sorted(best, key=natural_order)}


def _describe(arm: Trained) -> dict[str, Any]:
    from mnist_exp.figures.style import line

    name = arm.result["activation"]
    told = {key: arm.result[key] for key in ("seed", "val_acc", "test_acc", "data")}
    return {"name": name or "no activation", "colour": line(name)["color"], **told}


def look(arm: Trained, pixels: np.ndarray) -> Looked:
    """What a network answers, and, layer by layer, what each activation gives.

    Silent is what says nothing here and could learn nothing from it: its value or its derivative is zero.
    """
    x, layers = torch.from_numpy(pixels)[None, None], {}
    with torch.no_grad():
        answer = arm.model.network(x)[0].softmax(0)  # not of the last layer below: some look at several views
        for name, layer in arm.model.network.named_children():
            inputs, x = x, layer(x)
            if name.endswith("_act"):
                layers[name.removesuffix("_act")] = (x[0], _silent(layer, inputs, x)[0])
    return Looked([round(p, 6) for p in answer.tolist()], layers)


def _silent(activation: nn.Module, inputs: Tensor, values: Tensor) -> Tensor:
    return (values.abs() < ZERO) | (derivative(activation, inputs).abs() < ZERO)


def everywhere(mute: Tensor) -> Tensor:
    """By unit: is it silent in all its places?"""
    return mute.reshape(len(mute), -1).all(1)


def inside(looked: Looked) -> Iterator[dict[str, Any]]:
    """The layers' answers as pictures, a dense unit being one of a single pixel; one scale for each layer."""
    for name, (values, mute) in looked.layers.items():
        maps = values.reshape(len(values), -1).numpy()
        high, wide = values.shape[1:] if values.dim() == 3 else (1, 1)
        low, top = float(maps.min()), float(maps.max())
        scaled = np.rint((maps - low) / (top - low or 1) * 255).astype(np.uint8)
        units = everywhere(mute)
        yield {"name": name, "high": high, "wide": wide, "maps": encoded(scaled), "range": [low, top],
               "silent": units.nonzero().flatten().tolist(), "units": len(units),
               "places": mute.float().mean().item()}  # fmt: skip


def encoded(pixels: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(pixels, dtype=np.uint8).tobytes()).decode()
