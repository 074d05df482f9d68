"""Layer after layer, but without work that comes to nothing: the same values and gradients, sooner.

Layers of a kind not named here are taken to work pixel by pixel: one that does not is to be added below.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from mnist_exp.models.activations import never_falls

SIDE = 28
Step = Callable[[Tensor], Tensor]


class PrunedSequential(nn.Sequential):
    """Pooling goes before an activation that never falls, and a row that no pool looks at is not worked out: of 11
    the last, and with valid padding whatever only it would have looked at, back to the image."""

    def __init__(self, layers: OrderedDict[str, nn.Module]) -> None:
        super().__init__(layers)
        self.seen, self.as_done = trimmed(pooled_first(list(self)))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2:] != (SIDE, SIDE):
            raise ValueError(f"images of {SIDE}×{SIDE} pixels are read here, not of {'×'.join(map(str, x.shape[-2:]))}")
        x = x[..., : self.seen, : self.seen]
        for layer in self.as_done:
            x = layer(x)
        return x


def pooled_first(layers: Sequence[nn.Module]) -> list[nn.Module]:
    done = list(layers)
    for i, (layer, following) in enumerate(pairwise(layers)):
        if isinstance(following, nn.MaxPool2d) and never_falls(layer):
            done[i : i + 2] = following, layer
    return done


def trimmed(layers: Sequence[nn.Module]) -> tuple[int, list[Step]]:
    """How many rows and columns of the image the layers look at, and the layers for so many."""
    if any(isinstance(layer, nn.BatchNorm2d) for layer in layers):
        return SIDE, list(layers)  # it takes its statistics from every row
    sides = [SIDE]
    for layer in layers:
        sides.append(side_after(layer, sides[-1]))
    wanted, done = sides[-1], list[Step]()
    for layer, before, after in reversed([*zip(layers, sides[:-1], sides[1:], strict=True)]):
        given = looked_at(layer, wanted, before)
        if isinstance(layer, nn.Conv2d) and layer.padding == "same" and wanted < after:
            done.append(Trimmed(layer, wanted, given))
        else:
            done.append(layer)
        wanted = given
    return wanted, done[::-1]


def side_after(layer: nn.Module, side: int) -> int:
    match layer:
        case nn.MaxPool2d(kernel_size=int(window)):
            return side // window
        case nn.Conv2d(padding=padding, kernel_size=(kernel, _), stride=(stride, _)) if padding != "same":
            return (side - kernel) // stride + 1
    return side


def looked_at(layer: nn.Module, wanted: int, side: int) -> int:
    """How many rows it looks at, of so many, for the first of its own."""
    match layer:
        case nn.MaxPool2d(kernel_size=int(window)):
            return window * wanted
        case nn.Conv2d(padding="same", kernel_size=(kernel, _)):
            return min(side, wanted + kernel // 2)
        case nn.Conv2d(kernel_size=(kernel, _), stride=(stride, _)):
            return (wanted - 1) * stride + kernel
    return wanted


@dataclass(eq=False)
class Trimmed:
    """The first rows and columns of a convolution padded to the same size, worked out from some of its inputs'.
    Hooks on the convolution do not see it."""

    convolution: nn.Conv2d
    wanted: int
    given: int

    def __call__(self, x: Tensor) -> Tensor:
        kernel = self.convolution.kernel_size[0]
        before = (kernel - 1) // 2
        after = self.wanted + kernel - 1 - before - self.given
        framed = F.pad(x, (before, after, before, after))
        return F.conv2d(framed, self.convolution.weight, self.convolution.bias)
