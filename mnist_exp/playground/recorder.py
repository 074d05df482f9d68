"""What a network computes, recorded while it classifies some images: each function with its inputs and its output.

Any Python code is followed this way: skip connections, loops, `x.view(len(x), -1)`. An activation is one call, whatever
functions it uses, and so is a layer of ours that flattens in two steps.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from mnist_exp.errors import UserError
from mnist_exp.kernels.conv_pruning import without_pruning
from mnist_exp.kernels.flatten import FlattenInMemoryOrder
from mnist_exp.models.activations import is_activation
from mnist_exp.models.layers import tensors

IMAGE = -1  # stands for the images where calls are numbered
READS_VALUES = {"__bool__", "item", "tolist", "__int__", "__float__", "__index__", "numpy", "__array__"}


class UnsupportedLayerError(UserError):
    """A network computes something that the page cannot."""


@dataclass(frozen=True)
class Call:
    """A function, or a whole layer, applied to a batch."""

    name: str  # the path of the layer that it is part of
    layer: nn.Module
    function: str  # its name in PyTorch; "" for a layer that is one call
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    sources: list[int]  # the calls whose outputs it takes, in the order of its arguments; IMAGE for the images
    inputs: Tensor  # the first of them
    output: Tensor
    apply: Callable[[Tensor], Tensor]  # the same with another tensor instead of the only input

    @property
    def is_activation(self) -> bool:
        return self.function == "" and is_activation(self.layer)

    def unsupported(self, reason: str = "") -> UnsupportedLayerError:
        """The error that says that the page cannot compute this."""
        kind = type(self.layer).__name__
        what = f"has a layer of type {kind} ({self.name})" if self.name else f"uses {self.function}"
        return UnsupportedLayerError(f"{what}, which the page cannot run{f': {reason}' if reason else ''}")


def record(network: nn.Module, images: Tensor) -> tuple[list[Call], int]:
    """The calls of a network in evaluation mode for a batch of standardised images, and which of them is the output.

    Raises UnsupportedLayerError if what it computes depends on the values of the pixels.
    """
    recorder = Recorder(images)
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        stack.enter_context(without_pruning(network))
        for name, layer in network.named_modules():
            stack.enter_context(_Entered(recorder, name, layer))
        stack.enter_context(recorder)
        try:
            output = network(images)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            raise UnsupportedLayerError(f"fails for {len(images)} images: {error}".split("\n")[0]) from error
    return recorder.calls, recorder.number_of(output)


class Recorder(TorchFunctionMode):
    """While it is active, keeps each call that takes the images or what was computed from them."""

    def __init__(self, images: Tensor) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.layers: list[tuple[str, nn.Module]] = []  # whose forward is running, the innermost last
        self._numbers = {id(images): IMAGE}
        self._kept = [images]  # so that no id is used twice

    def number_of(self, tensor: Tensor) -> int:
        """Which call returned a tensor. Raises UnsupportedLayerError for one that no recorded call has returned."""
        if id(tensor) not in self._numbers:
            raise UnsupportedLayerError("does not compute its logits from the images by functions of PyTorch")
        return self._numbers[id(tensor)]

    def __torch_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), options: dict[str, Any] | None = None
    ) -> Any:
        options = options or {}
        before = arguments, options, self._inputs((arguments, options))
        result = function(*arguments, **options)
        if before[2] and not self.in_whole_layer:
            self._keep(function, *before, result)
        return result

    @property
    def in_whole_layer(self) -> bool:
        """Whether the forward of a layer that is one call is running."""
        return any(is_whole(layer) for _, layer in self.layers)

    def _inputs(self, values: Any) -> list[Tensor]:
        return [tensor for tensor in tensors(values) if id(tensor) in self._numbers]

    def _keep(
        self, function: Any, arguments: tuple[Any, ...], options: dict[str, Any], inputs: list[Tensor], result: Any
    ) -> None:
        name, layer = self.layers[-1] if self.layers else ("", nn.Identity())
        full = getattr(function, "__name__", "")
        short = full if full.endswith("__") else full.rstrip("_")
        if full in READS_VALUES:
            raise UnsupportedLayerError(f"what {name or 'its code'} computes depends on the values of the pixels")
        several = isinstance(result, tuple | list)
        for i, output in enumerate(tensors(result)):
            replay = partial(_replay, function, arguments, options, inputs[0], i if several else None)
            self.add(Call(name, layer, short, arguments, options, self._sources(inputs), inputs[0], output, replay))

    def _sources(self, inputs: list[Tensor]) -> list[int]:
        return [self._numbers[id(tensor)] for tensor in inputs]

    def add(self, call: Call) -> None:
        """Keep a call. What uses its output from now on, uses this call."""
        self._numbers[id(call.output)] = len(self.calls)
        self._kept.append(call.output)
        self.calls.append(call)

    def add_layer(self, name: str, layer: nn.Module, inputs: Tensor, sources: list[int], output: Tensor) -> None:
        """Keep a layer as one call."""
        self.add(Call(name, layer, "", (), {}, sources, inputs, output, layer))

    def sources_of(self, tensor: Tensor) -> list[int]:
        return self._sources([tensor]) if id(tensor) in self._numbers else []


class _Entered:
    """While the context lasts, the recorder knows when a layer runs."""

    def __init__(self, recorder: Recorder, name: str, layer: nn.Module) -> None:
        self.recorder, self.name, self.layer = recorder, name, layer
        self.before: list[tuple[Tensor, list[int]]] = []

    def __enter__(self) -> None:
        layer = self.layer
        self.handles = layer.register_forward_pre_hook(self.start), layer.register_forward_hook(self.end)

    def __exit__(self, *_: object) -> None:
        for handle in self.handles:
            handle.remove()

    def start(self, _layer: nn.Module, arguments: tuple[Any, ...]) -> None:
        self.recorder.layers.append((self.name, self.layer))
        if is_whole(self.layer):
            # Some work in place. The copy counts as part of the layer, so it is not recorded.
            self.before.append((arguments[0].clone(), self.recorder.sources_of(arguments[0])))

    def end(self, _layer: nn.Module, _arguments: tuple[Any, ...], output: Tensor) -> None:
        self.recorder.layers.pop()
        if is_whole(self.layer):
            inputs, sources = self.before.pop()
            if sources and not self.recorder.in_whole_layer:
                self.recorder.add_layer(self.name, self.layer, inputs, sources, output)


def is_whole(layer: nn.Module) -> bool:
    """Whether a layer is one call, whatever functions it uses."""
    return is_activation(layer) or isinstance(layer, FlattenInMemoryOrder)


def _replay(
    function: Any, arguments: Any, options: Any, replaced: Tensor, selected: int | None, tensor: Tensor
) -> Tensor:
    """The result of a function with a tensor in place of another; of several results the selected one."""
    result = function(*_substituted(arguments, replaced, tensor), **_substituted(options, replaced, tensor))
    output: Tensor = result if selected is None else [*tensors(result)][selected]
    return output


def _substituted(value: Any, replaced: Tensor, tensor: Tensor) -> Any:
    if value is replaced:
        return tensor
    if isinstance(value, dict):
        return {key: _substituted(item, replaced, tensor) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_substituted(item, replaced, tensor) for item in value)
    return value
