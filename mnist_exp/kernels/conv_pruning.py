"""Convolutional layers without work that no output needs: the same values and gradients in less time.

Two changes, each only for layers of exactly the types listed here. Any other layer makes the network run plainly.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from mnist_exp.kernels.flatten import ChannelsLastFlatten, FlattenInMemoryOrder
from mnist_exp.kernels.mish import Mish

Operation = Callable[[Tensor], Tensor]


def _any_value(_: nn.Module) -> bool:
    return True


# Never falling, whatever their settings and parameters, where the condition holds: pooling may come first.
MONOTONE: dict[type[nn.Module], Callable[[nn.Module], bool]] = {
    nn.ReLU: _any_value,
    nn.Sigmoid: _any_value,
    nn.Tanh: _any_value,
    nn.Softplus: _any_value,
    nn.SELU: _any_value,
    **dict.fromkeys((nn.ReLU6, nn.Softsign, nn.Hardtanh, nn.Hardsigmoid, nn.Tanhshrink), _any_value),
    nn.LeakyReLU: lambda layer: float(layer.negative_slope) >= 0,  # type: ignore[arg-type]
    nn.ELU: lambda layer: float(layer.alpha) >= 0,  # type: ignore[arg-type]
    nn.CELU: lambda layer: float(layer.alpha) > 0,  # type: ignore[arg-type]
}
# Each output depends on the input at the same place alone, without randomness: rows may be left out.
POINTWISE: tuple[type[nn.Module], ...] = (*MONOTONE, nn.SiLU, nn.Mish, Mish, nn.GELU, nn.Hardswish)
FLATTENS = (nn.Flatten, ChannelsLastFlatten, FlattenInMemoryOrder)  # where maps end


def is_identity(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Identity) and type(layer).forward is nn.Identity.forward


def is_monotone(layer: nn.Module) -> bool:
    return is_identity(layer) or (type(layer) in MONOTONE and MONOTONE[type(layer)](layer))


def is_plain_pool(layer: nn.Module) -> bool:
    """2×2 or other square max pooling without padding, dilation or overlap."""
    if type(layer) is not nn.MaxPool2d:
        return False
    size = layer.kernel_size
    plain = isinstance(size, int) and layer.stride == size and layer.padding == 0 and layer.dilation == 1
    return plain and not layer.ceil_mode and not layer.return_indices


def is_plain_convolution(layer: nn.Module) -> bool:
    """A square convolution, without dilation, whose padding is "same", "valid" or none."""
    if not isinstance(layer, nn.Conv2d) or type(layer).forward is not nn.Conv2d.forward:
        return False
    square = layer.kernel_size[0] == layer.kernel_size[1] and layer.stride[0] == layer.stride[1]
    padded = layer.padding in ("same", "valid", (0, 0)) and layer.padding_mode == "zeros"
    return square and padded and layer.dilation == (1, 1)


class PrunedSequential(nn.Sequential):
    """Layers one after another, with pooling before monotone activations and without rows that no pool uses.

    Of 11 rows a 2×2 pool does not use the last; with valid padding neither is what only that row needs computed, back
    to the image. With `plain` set the layers run as they are listed.
    """

    def __init__(self, layers: OrderedDict[str, nn.Module], image_size: tuple[int, int]) -> None:
        super().__init__(layers)
        self.image_size, self.plain = image_size, False
        height, width = image_size
        self.used_side, self.operations = max(image_size), list[Operation](self)
        if height == width:
            self.used_side, self.operations = pruned(list(self), height)

    def forward(self, x: Tensor) -> Tensor:
        if tuple(x.shape[-2:]) != self.image_size:
            expected, got = ("×".join(map(str, size)) for size in (self.image_size, x.shape[-2:]))
            raise ValueError(f"expected images of {expected} pixels, got {got}")
        if self.plain:
            for layer in self:
                x = layer(x)
            return x
        x = x[..., : self.used_side, : self.used_side] if self.used_side < x.shape[-1] else x
        for operation in self.operations:
            x = operation(x)
        return x


@contextmanager
def without_pruning(network: nn.Module) -> Iterator[None]:
    """Run every layer as it is listed, so that hooks see whole outputs."""
    pruned_parts = [part for part in network.modules() if isinstance(part, PrunedSequential)]
    before = [part.plain for part in pruned_parts]
    for part in pruned_parts:
        part.plain = True
    try:
        yield
    finally:
        for part, plain in zip(pruned_parts, before, strict=True):
            part.plain = plain


def pruned(layers: Sequence[nn.Module], side: int) -> tuple[int, list[Operation]]:
    """How many rows and columns of the image are used, and the operations that compute the layers from them."""
    ordered = pool_first(layers)
    spatial = next((i for i, layer in enumerate(ordered) if not _is_known(layer)), len(ordered))
    if spatial == len(ordered) or type(ordered[spatial]) not in FLATTENS:
        return side, list(ordered)
    used, operations = without_unused_rows(ordered[:spatial], side)
    return used, [*operations, *ordered[spatial:]]


def pool_first(layers: Sequence[nn.Module]) -> list[nn.Module]:
    ordered = list(layers)
    for i, (layer, following) in enumerate(pairwise(layers)):
        if is_plain_pool(following) and is_monotone(layer):
            ordered[i : i + 2] = following, layer
    return ordered


def _is_known(layer: nn.Module) -> bool:
    return is_identity(layer) or type(layer) in POINTWISE or is_plain_pool(layer) or is_plain_convolution(layer)


def without_unused_rows(layers: Sequence[nn.Module], side: int) -> tuple[int, list[Operation]]:
    sides = [side]
    for layer in layers:
        sides.append(side_after(layer, sides[-1]))
    needed, operations = sides[-1], list[Operation]()
    for layer, before, after in reversed([*zip(layers, sides[:-1], sides[1:], strict=True)]):
        given = side_needed(layer, needed, before)
        if isinstance(layer, nn.Conv2d) and layer.padding == "same" and needed < after:
            operations.append(PartialConvolution(layer, needed, given))
        else:
            operations.append(layer)
        needed = given
    return needed, operations[::-1]


def side_after(layer: nn.Module, side: int) -> int:
    match layer:
        case nn.MaxPool2d(kernel_size=int(window)):
            return side // window
        case nn.Conv2d(padding=padding, kernel_size=(kernel, _), stride=(stride, _)) if padding != "same":
            return (side - kernel) // stride + 1
    return side


def side_needed(layer: nn.Module, needed: int, side: int) -> int:
    """How many of its input's rows a layer uses for the first `needed` of its own."""
    match layer:
        case nn.MaxPool2d(kernel_size=int(window)):
            return window * needed
        case nn.Conv2d(padding="same", kernel_size=(kernel, _)):
            return min(side, needed + kernel // 2)
        case nn.Conv2d(kernel_size=(kernel, _), stride=(stride, _)):
            return (needed - 1) * stride + kernel
    return needed


@dataclass(eq=False)
class PartialConvolution:
    """The first rows and columns of a convolution with "same" padding, from the first of its input's.

    Hooks on the convolution do not run.
    """

    convolution: nn.Conv2d
    needed: int
    given: int

    def __call__(self, x: Tensor) -> Tensor:
        kernel = self.convolution.kernel_size[0]
        before = (kernel - 1) // 2
        after = self.needed + kernel - 1 - before - self.given
        padded = F.pad(x, (before, after, before, after))
        return F.conv2d(padded, self.convolution.weight, self.convolution.bias)
