"""The activation functions, by name: the one table that networks, plots and tests go through."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from mnist_exp.kernels.mish import Mish

# Two words, once, for every activation, its picture and the probes.
SATURATED = 0.01  # an activation is saturated at an input where its derivative is smaller than this
ZERO = 1e-6  # a unit is dead if for every image (and place in it) its value or its derivative is zero: below this


class Identity(nn.Identity):
    """The control, which makes a network linear; a class of its own, so that it is not taken for a placeholder."""


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    # The study's six.
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "swish": nn.SiLU,  # x·sigmoid(x)
    "mish": Mish,  # x·tanh(softplus(x))
    # Others worth comparing.
    "gelu": nn.GELU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "hard_swish": nn.Hardswish,
    "softplus": nn.Softplus,
    "identity": Identity,  # the control: a deep linear network
}


def make_activation(name: str, leaky_slope: float) -> nn.Module:
    """A fresh module for `name`; the slope matters to leaky_relu alone."""
    factory = partial(nn.LeakyReLU, leaky_slope) if name == "leaky_relu" else ACTIVATIONS[name]
    return factory()


def never_falls(activation: nn.Module) -> bool:
    """Whether of some inputs the largest has the largest value."""
    return bool((derivative(activation, torch.linspace(-20, 20, 2001)) >= 0).all())


def derivative(activation: nn.Module, inputs: Tensor) -> Tensor:
    """The derivative at each of the inputs, by autograd."""
    with torch.enable_grad():
        inputs = inputs.detach().requires_grad_()
        (slope,) = torch.autograd.grad(activation(inputs).sum(), inputs)
    return slope
