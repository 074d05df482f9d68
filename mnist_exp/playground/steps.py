"""A trained network as steps that the page can compute: its weights, curves and sizes.

What a network computes is recorded, so its own code may be anything. Each function must be one of operations.py, a
function of the number at the same place, or one that only moves numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mnist_exp.models.layers import tensors
from mnist_exp.playground.curves import Curves
from mnist_exp.playground.moves import moved_from
from mnist_exp.playground.numbers import Numbers, encode
from mnist_exp.playground.operations import MAKERS, Common, Move, Pointwise, Step
from mnist_exp.playground.recorder import IMAGE, Call, UnsupportedLayerError, record

BATCH = 32  # images at a time, because all that is computed from them is kept
SHOWN_NAMES = {"white": "whitening", "white_act": "whitening_act"}  # of layers whose own names say little
EXAMPLES = 2  # with one, x.squeeze() would remove the batch


def steps_of(network: nn.Module, images: Tensor) -> "Steps":
    """The steps of a network in evaluation mode.

    Args:
        network: from images to logits.
        images: standardised images, which show what inputs the activations have.

    Raises:
        UnsupportedLayerError: the page cannot compute it.
    """
    calls, output = record(network, images[:EXAMPLES])
    steps = Steps(Curves(*_range(network, images, calls)))
    for index, call in enumerate(calls):
        steps.add(index, call)
    if steps.numbered[output] != len(steps.steps) - 1:
        raise UnsupportedLayerError("computes more than its logits, which the page cannot run")
    return steps


def _range(network: nn.Module, images: Tensor, calls: list[Call]) -> tuple[float, float]:
    """The smallest and the largest input of all calls. Raises UnsupportedLayerError if calls depend on the images."""
    lowest, highest = 0.0, 0.0
    for batch in torch.split(images, BATCH):
        others, _ = record(network, batch)
        if [(call.name, call.function) for call in others] != [(call.name, call.function) for call in calls]:
            raise UnsupportedLayerError("computes other things for other images, which the page cannot run")
        # The images themselves and logits are included, which does no harm.
        lowest = min(lowest, *(call.inputs.min().item() for call in others))
        highest = max(highest, *(call.inputs.max().item() for call in others))
    return lowest, highest


@dataclass
class Steps:
    """The steps of one network, made call by call."""

    curves: Curves
    numbers: Numbers = field(default_factory=Numbers)
    steps: list[Step] = field(default_factory=list)
    numbered: dict[int, int] = field(default_factory=lambda: {IMAGE: IMAGE})  # call → step

    def add(self, index: int, call: Call) -> None:
        """Append the step that a call is, if it is one. Raises UnsupportedLayerError."""
        common = self._common(call)
        if call.is_activation:
            self._append(index, self._pointwise(call, common, "activation"))
        elif call.function in MAKERS and (made := MAKERS[call.function](call, common, self.numbers)):
            self._append(index, made)
        elif len(set(call.sources)) > 1:
            raise call.unsupported(f"{call.function} has several inputs")
        else:
            self._add_move_or_curve(index, call, common)

    def _common(self, call: Call) -> Common:
        own = call.layer.parameters() if call.is_activation else _parameters((call.arguments, call.options))
        return {
            "name": self._unique(SHOWN_NAMES.get(call.name, call.name) or call.function),
            "inputs": [self.numbered[source] for source in call.sources],
            "shape": list(call.output.shape[1:]),
            "parameters": sum(parameter.numel() for parameter in own),
        }

    def _unique(self, name: str) -> str:
        taken, number, unique = {step.name for step in self.steps}, 2, name
        while unique in taken:
            unique, number = f"{name} ({number})", number + 1
        return unique

    def _append(self, index: int, step: Step) -> None:
        self.numbered[index] = len(self.steps)
        self.steps.append(step)

    def _pointwise(self, call: Call, common: Common, op: str) -> Pointwise:
        curve, per_channel = self.curves.add(call)
        return Pointwise(op=op, curve=curve, per_channel=per_channel, **common)

    def _add_move_or_curve(self, index: int, call: Call, common: Common) -> None:
        places = moved_from(call)
        same_order = places is not None and np.array_equal(places, np.arange(call.inputs[0].numel()))
        if same_order and call.output.shape == call.inputs.shape:
            self.numbered[index] = self.numbered[call.sources[0]]  # dropout, contiguous and the like
        elif places is not None:
            op = "flatten" if len(common["shape"]) == 1 else "move"
            self._append(index, Move(op=op, places=None if same_order else encode(places, "<i4"), **common))
        elif call.output.shape == call.inputs.shape and call.output.dtype == call.inputs.dtype:
            op = "activation" if hasattr(nn.functional, call.function) else "pointwise"
            common["inputs"] = common["inputs"][:1]
            self._append(index, self._pointwise(call, common, op))
        else:
            raise call.unsupported()


def _parameters(values: Any) -> Iterator[nn.Parameter]:
    return (tensor for tensor in tensors(values) if isinstance(tensor, nn.Parameter))
