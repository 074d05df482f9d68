"""Dense networks: any number of hidden layers, none being softmax regression."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from torch import nn

from mnist_exp.models.activations import make_activation
from mnist_exp.training.classifier import CLASSES, Classifier

PIXELS = 28 * 28


def dense_layers(
    inputs: int, hidden: Sequence[int], activation: str, leaky_slope: float, dropout: float, batch_norm: bool
) -> Iterator[tuple[str, nn.Module]]:
    """Dense → (batch norm) → activation → (dropout) per width, then the logits."""
    for i, (fan_in, width) in enumerate(pairwise([inputs, *hidden]), start=1):
        yield f"dense{i}", nn.Linear(fan_in, width)
        if batch_norm:
            yield f"dense{i}_norm", nn.BatchNorm1d(width)
        yield f"dense{i}_act", make_activation(activation, leaky_slope)
        if dropout > 0:
            yield f"dense{i}_drop", nn.Dropout(dropout)
    yield "logits", nn.Linear([inputs, *hidden][-1], CLASSES)


class DenseClassifier(Classifier):
    def __init__(
        self,
        *,
        hidden: Sequence[int],
        activation: str,
        leaky_slope: float,
        dropout: float,
        batch_norm: bool,
        **training: Any,
    ) -> None:
        layers = dense_layers(PIXELS, hidden, activation, leaky_slope, dropout, batch_norm)
        super().__init__([("flatten", nn.Flatten()), *layers], arrange=nn.Sequential, **training)
