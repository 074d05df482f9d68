"""Initial weights, by name."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from mnist_exp.errors import UserError
from mnist_exp.models.activations import is_activation
from mnist_exp.models.layers import LayerCall, is_weighted, record_calls

MATCHED = "matched"
WEIGHTS: dict[str, Callable[[Tensor], Tensor]] = {
    "glorot": nn.init.xavier_uniform_,  # Glorot & Bengio 2010; Keras' default
    "he": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),  # He et al. 2015
    "lecun": lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"),  # Klambauer et al. 2017, for SELU
}
# The points of the integral over a normal distribution: beyond 12 nothing is left of it.
LIMIT, POINTS = 12.0, 4001


def initialise(network: nn.Module, name: str, input_shape: tuple[int, int, int]) -> None:
    """Draw weights by `name` and zero the biases; "torch" keeps what PyTorch's constructors drew."""
    if name == "torch":
        return
    if name == MATCHED:
        _match(network, input_shape)
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            if name != MATCHED:
                WEIGHTS[name](module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _match(network: nn.Module, input_shape: tuple[int, int, int]) -> None:
    """Draw normal weights such that each layer's outputs have variance 1 if its activation's inputs had.

    The variance is 1 / (fan-in · E f(z)²), where f is the activation before the layer and z is standard normal; the
    first layer's inputs have a second moment of 1. For ReLU this is He's. Pooling, which raises the second moment, is
    not taken into account.
    """
    moment = 1.0
    for call in _calls(network, input_shape):
        if not is_weighted(call.layer):
            moment = second_moment(call)
            continue
        weight = call.layer.weight
        assert isinstance(weight, Tensor)
        nn.init.normal_(weight, std=1 / math.sqrt(weight[0].numel() * moment))
        moment = 1.0  # of the inputs of a layer that follows without an activation


def _calls(network: nn.Module, input_shape: tuple[int, int, int]) -> list[LayerCall]:
    """The calls of weighted layers and activations, in the order of execution."""
    training = network.training
    network.eval()
    with torch.no_grad():
        calls = record_calls(network, torch.zeros(2, *input_shape), lambda one: is_weighted(one) or is_activation(one))
    network.train(training)
    return calls


def second_moment(call: LayerCall) -> float:
    """E f(z)² of an activation for a standard normal z. Raises UserError if weights cannot be scaled by it."""
    moment = mean_square(call.layer, call.inputs.shape[1])
    if not 0 < moment < math.inf:
        raise UserError(f"model.init={MATCHED}: E f(z)² of {call.name} is {moment}, so its weights have no scale.")
    return moment


def mean_square(activation: nn.Module, channels: int = 1) -> float:
    """E f(z)² for a standard normal z, by numerical integration; the mean over the channels."""
    z = torch.linspace(-LIMIT, LIMIT, POINTS)
    density = torch.exp(-z.double().square() / 2)
    training = activation.training
    activation.eval()
    with torch.no_grad():
        values = activation(z[:, None].repeat(1, channels)).double()  # an input for each channel
    activation.train(training)
    return float((values.square().mean(1) * density).sum() / density.sum())
