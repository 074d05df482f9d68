"""Convolutional networks: pooled convolutions, then a dense part."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from torch import nn

from mnist_exp.config.network_sizes import conv_features
from mnist_exp.kernels.conv_pruning import PrunedSequential
from mnist_exp.kernels.flatten import ChannelsLastFlatten
from mnist_exp.models.dense import ActivationFactory, dense_layers


@dataclass(frozen=True)
class Stem:
    """What comes before the first pooled convolution (channels, size, layers), and how maps are flattened."""

    channels: int
    size: tuple[int, int]
    layers: Sequence[tuple[str, nn.Module]] = ()
    flatten: nn.Module = field(default_factory=ChannelsLastFlatten)


def conv_layers(
    channels: Sequence[int], kernel: int, padding: str, activation: ActivationFactory, batch_norm: bool
) -> Iterator[tuple[str, nn.Module]]:
    """Convolution → (batch norm) → activation → 2×2 max pooling; the first of `channels` are the inputs'."""
    for i, (fan_in, width) in enumerate(pairwise(channels), start=1):
        yield f"conv{i}", nn.Conv2d(fan_in, width, kernel, padding=padding)
        if batch_norm:
            yield f"conv{i}_norm", nn.BatchNorm2d(width)
        yield f"conv{i}_act", activation()
        yield f"pool{i}", nn.MaxPool2d(2)


class ConvNet(PrunedSequential):
    """Convolutions with max pooling, then dense layers.

    Args:
        input_shape: channels, height and width of an image.
        num_classes: how many logits to return.
        channels: the channels of each convolution.
        kernel: the side of the kernels.
        padding: "valid" or "same".
        hidden: the width of each dense hidden layer.
        activation: returns a new activation module at each call.
        dense_activation: the same for the dense layers.
        dropout: probability of dropping a dense hidden unit.
        batch_norm: whether to normalise before each activation.
        stem: layers before the first convolution, for subclasses.
    """

    def __init__(
        self,
        *,
        input_shape: tuple[int, int, int],
        num_classes: int,
        channels: Sequence[int],
        kernel: int,
        padding: str,
        hidden: Sequence[int],
        activation: ActivationFactory,
        dense_activation: ActivationFactory,
        dropout: float,
        batch_norm: bool,
        stem: Stem | None = None,
    ) -> None:
        stem = stem or Stem(input_shape[0], input_shape[1:])
        channels = [stem.channels, *channels]
        inputs = conv_features(channels, stem.size, kernel, padding)
        layers = [
            *stem.layers,
            *conv_layers(channels, kernel, padding, activation, batch_norm),
            ("flatten", stem.flatten),
            *dense_layers(inputs, hidden, num_classes, dense_activation, dropout, batch_norm),
        ]
        super().__init__(OrderedDict(layers), input_shape[1:])
