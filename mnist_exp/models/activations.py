"""Activation modules by name, and what they do to their inputs."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from mnist_exp import registry

# The definitions behind the probes, the plots and the playground.
SATURATED = 0.01  # an activation is saturated at an input where its derivative is smaller than this
ZERO = 1e-6  # a unit is dead if for every image (and place in it) its value or its derivative is below this

# In torch.nn.modules.activation, but not functions of one number.
OTHERS = {"MultiheadAttention", "Softmax", "Softmax2d", "Softmin", "LogSoftmax", "GLU"}

_made: set[type[nn.Module]] = set()  # types that a factory has returned


class Identity(nn.Identity):
    """The control, which makes a network linear. Its own class, so that it is not taken for a placeholder."""


def activation_factory(name: str, leaky_slope: float) -> Callable[[], nn.Module]:
    """A function that returns a new module of the named activation; the slope matters to leaky_relu alone."""
    kind = registry.resolve("activation", name)

    def make() -> nn.Module:
        module: nn.Module = nn.LeakyReLU(leaky_slope) if kind is nn.LeakyReLU else kind()
        _made.add(type(module))
        return module

    return make


@cache
def _listed() -> frozenset[type[nn.Module]]:
    listed = {registry.resolve("activation", name) for name in registry.names("activation")}
    return frozenset(listed | {getattr(nn, name) for name in torch.nn.modules.activation.__all__ if name not in OTHERS})


def is_activation(layer: nn.Module) -> bool:
    """Whether a layer is a listed activation, one of torch.nn's, or of a type that a factory has made."""
    return type(layer) in _listed() or type(layer) in _made


def derivative(activation: nn.Module, inputs: Tensor) -> Tensor:
    """The derivative at each of the inputs, by autograd."""
    with torch.enable_grad():
        inputs = inputs.detach().requires_grad_()
        (slope,) = torch.autograd.grad(activation(inputs.clone()).sum(), inputs)  # some work in place
    return slope


def is_silent(activation: nn.Module, inputs: Tensor, values: Tensor) -> Tensor:
    """Where an activation's value or derivative is zero: nothing is passed on or nothing can be learnt there."""
    return (values.abs() < ZERO) | (derivative(activation, inputs).abs() < ZERO)
