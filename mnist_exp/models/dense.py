"""Dense networks: any number of hidden layers; none is softmax regression."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import prod

from torch import nn

ActivationFactory = Callable[[], nn.Module]


def dense_layers(
    inputs: int,
    hidden: Sequence[int],
    num_classes: int,
    activation: ActivationFactory,
    dropout: float,
    batch_norm: bool,
) -> Iterator[tuple[str, nn.Module]]:
    """Dense → (batch norm) → activation → (dropout) per width, then the logits."""
    for i, (fan_in, width) in enumerate(pairwise([inputs, *hidden]), start=1):
        yield f"dense{i}", nn.Linear(fan_in, width)
        if batch_norm:
            yield f"dense{i}_norm", nn.BatchNorm1d(width)
        yield f"dense{i}_act", activation()
        if dropout > 0:
            yield f"dense{i}_drop", nn.Dropout(dropout)
    yield "logits", nn.Linear([inputs, *hidden][-1], num_classes)


class DenseNet(nn.Sequential):
    """A multilayer perceptron.

    Args:
        input_shape: channels, height and width of an image.
        num_classes: how many logits to return.
        hidden: the width of each hidden layer.
        activation: returns a new activation module at each call.
        dropout: probability of dropping a hidden unit.
        batch_norm: whether to normalise before each activation.
    """

    def __init__(
        self,
        *,
        input_shape: tuple[int, int, int],
        num_classes: int,
        hidden: Sequence[int],
        activation: ActivationFactory,
        dropout: float,
        batch_norm: bool,
    ) -> None:
        super().__init__()
        self.add_module("flatten", nn.Flatten())
        for name, layer in dense_layers(prod(input_shape), hidden, num_classes, activation, dropout, batch_norm):
            self.add_module(name, layer)
