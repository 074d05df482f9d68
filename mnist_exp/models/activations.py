"""Activation modules by name, and what they do to their inputs."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from mnist_exp import arguments, registry
from mnist_exp.errors import UserError, counted

# The definitions behind the probes, the plots and the playground.
SATURATED = 0.01  # an activation is saturated at an input where its derivative is smaller than this
ZERO = 1e-6  # a unit is dead if for every image (and place in it) its value or its derivative is below this

# In torch.nn.modules.activation, but not functions of one number.
OTHERS = {"MultiheadAttention", "Softmax", "Softmax2d", "Softmin", "LogSoftmax", "GLU"}

_made: set[type[nn.Module]] = set()  # types that a factory has returned


class Identity(nn.Identity):
    """The control, which makes a network linear. Its own class, so that it is not taken for a placeholder."""


class FunctionActivation(nn.Module):
    """A plain function of a tensor as a layer.

    Args:
        function: Tensor → Tensor of the same shape.
        options: its other arguments.
    """

    def __init__(self, function: Callable[..., Tensor], options: Mapping[str, Any]) -> None:
        super().__init__()
        self.function, self.options = function, dict(options)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.function(inputs, **self.options)

    def extra_repr(self) -> str:
        options = "".join(f", {name}={value}" for name, value in self.options.items())
        return getattr(self.function, "__name__", repr(self.function)) + options


class InOrder:
    """Returns a module of the first activation at the first call, one of the second at the second call, and so on.

    Args:
        names: what is listed in the configuration.
        factories: one for each name.
    """

    def __init__(self, names: Sequence[str], factories: Sequence[Callable[[], nn.Module]]) -> None:
        self.names, self.factories, self.calls = names, factories, 0

    def __call__(self) -> nn.Module:
        self.calls += 1
        return self.factories[min(self.calls, len(self.factories)) - 1]()

    def check_number(self, network: str) -> None:
        """Raise UserError unless the network has called once for each name."""
        if self.calls != len(self.factories):
            raise UserError(
                f"model.activation=[{','.join(self.names)}]: has {counted(len(self.names), 'name')}, but {network} has "
                f"{counted(self.calls, 'hidden layer')}."
            )


def activation_factory(
    name: str | Sequence[str], leaky_slope: float, options: Mapping[str, Any] | None = None
) -> Callable[[], nn.Module]:
    """A function that returns a new module of an activation.

    Args:
        name: A name in the registry, or code of the user's: a class derived from nn.Module, or a function of a tensor.
            A list has a name for each hidden layer.
        leaky_slope: Used by leaky_relu alone.
        options: Arguments of the class or the function.

    Raises:
        UserError: There is no such code, it is neither of the two, or it has no such arguments.
    """
    if not isinstance(name, str):
        return InOrder(name, [activation_factory(one, leaky_slope) for one in name])
    kind = registry.resolve("activation", name)
    options = ({"negative_slope": leaky_slope} if kind is nn.LeakyReLU else {}) | dict(options or {})
    is_class = inspect.isclass(kind)
    if (is_class and not issubclass(kind, nn.Module)) or isinstance(kind, nn.Module) or not callable(kind):
        raise UserError(f"model.activation={name}: must be a class derived from nn.Module, or a function of a tensor.")
    positional = () if is_class else ("x",)
    try:
        arguments.check(kind, options, f"model.activation={name}", "model.activation_options", positional)
    except UserError as error:
        hint = " In a sweep, sweep.arms gives each activation options of its own." if options else ""
        raise UserError(f"{error}{hint}") from error

    def make() -> nn.Module:
        try:
            module: nn.Module = kind(**options) if is_class else FunctionActivation(kind, options)
        except (TypeError, ValueError) as error:
            raise UserError(f"model.activation={name}: {error}") from error
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


def derivative(activation: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    """The derivative at each of the inputs, by autograd."""
    with torch.enable_grad():
        inputs = inputs.detach().requires_grad_()
        (slope,) = torch.autograd.grad(activation(inputs.clone()).sum(), inputs)  # some work in place
    return slope


def is_silent(activation: nn.Module, inputs: Tensor, values: Tensor) -> Tensor:
    """Where an activation's value or derivative is zero: nothing is passed on or nothing can be learnt there."""
    return (values.abs() < ZERO) | (derivative(activation, inputs).abs() < ZERO)
