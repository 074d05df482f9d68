"""Convolutional networks: pooled convolutions, then a dense part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from mnist_exp.errors import UserError
from mnist_exp.kernels.conv_pruning import SIDE, PrunedSequential
from mnist_exp.models.activations import make_activation
from mnist_exp.models.dense import dense_layers
from mnist_exp.training.classifier import Classifier


class Flatten(nn.Flatten):
    """On the way back channels lie last again from here on: else a convolution copies its larger gradient for that."""

    def forward(self, maps: Tensor) -> Tensor:
        if maps.requires_grad:
            maps.register_hook(lambda gradient: gradient.contiguous(memory_format=torch.channels_last))
        return super().forward(maps)


@dataclass(frozen=True)
class Stem:
    """What comes before the first pooled convolution, what it hands on, how all is flattened and gone through."""

    layers: Sequence[tuple[str, nn.Module]]
    channels: int
    side: int
    flatten: type[nn.Module]
    arrange: type[PrunedSequential]


BARE = Stem((), 1, SIDE, Flatten, PrunedSequential)  # the image itself


def conv_layers(
    channels: Sequence[int], kernel: int, padding: str, activation: str, leaky_slope: float, batch_norm: bool
) -> Iterator[tuple[str, nn.Module]]:
    """Convolution → (batch norm) → activation → 2×2 max pooling, for each of channels but the first, the inputs'."""
    for i, (fan_in, width) in enumerate(pairwise(channels), start=1):
        yield f"conv{i}", nn.Conv2d(fan_in, width, kernel, padding=padding)
        if batch_norm:
            yield f"conv{i}_norm", nn.BatchNorm2d(width)
        yield f"conv{i}_act", make_activation(activation, leaky_slope)
        yield f"pool{i}", nn.MaxPool2d(2)


def features(channels: Sequence[int], side: int, kernel: int, padding: str) -> int:
    """How many numbers the convolutions hand to the dense part."""
    for i in range(1, len(channels)):
        side = (side if padding == "same" else side - kernel + 1) // 2
        if side < 1:
            raise UserError(
                f"model.channels={list(channels[1:])} with model.kernel={kernel} leaves no pixel after convolution "
                f"{i}: take fewer channels, a smaller kernel or model.padding=same."
            )
    return side * side * channels[-1]


class ConvClassifier(Classifier):
    def __init__(
        self,
        *,
        channels: Sequence[int],
        kernel: int,
        padding: str,
        hidden: Sequence[int],
        activation: str,
        dense_activation: str | None,
        leaky_slope: float,
        dropout: float,
        batch_norm: bool,
        stem: Stem,
        **training: Any,
    ) -> None:
        channels = [stem.channels, *channels]
        inputs = features(channels, stem.side, kernel, padding)
        layers = [
            *stem.layers,
            *conv_layers(channels, kernel, padding, activation, leaky_slope, batch_norm),
            ("flatten", stem.flatten()),
            *dense_layers(inputs, hidden, dense_activation or activation, leaky_slope, dropout, batch_norm),
        ]
        super().__init__(layers, arrange=stem.arrange, **training)
        # Channels last is the layout in which CPU and GPU convolutions are fast (6.0 s an epoch of cnn against 7.5).
        self.to(memory_format=torch.channels_last)
