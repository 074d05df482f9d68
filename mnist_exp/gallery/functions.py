"""The functions of the gallery: the catalogue, and the user's own."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import nn

from mnist_exp import own_code, registry
from mnist_exp.activation_table import ACTIVATIONS
from mnist_exp.errors import UserError
from mnist_exp.figures.activations import Curve
from mnist_exp.models.activations import activation_factory, derivative
from mnist_exp.training.own_checks import check_activation

X_LIMIT, POINTS, LEAKY_SLOPE = 8.0, 3201, 0.01


@dataclass(frozen=True)
class Function:
    """An activation function in evaluation mode, at the values that its parameters have at first.

    Args:
        name: as in tables and plots.
        make: returns a new module.
        formula: f(x); of one's own the first line of its documentation.
        source: who proposed it; of one's own the file.
    """

    name: str
    make: Callable[[], nn.Module] = field(repr=False)
    formula: str = ""
    source: str = ""

    @cached_property
    def _double(self) -> nn.Module:
        return self.make().double().eval()

    @cached_property
    def learned(self) -> bool:
        """Whether it has parameters that are trained."""
        return any(parameter.requires_grad for parameter in self.make().parameters())

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Its values, in double precision."""
        with torch.no_grad():
            values: np.ndarray = self._double(torch.from_numpy(x[:, None].copy()))[:, 0].numpy()
        return values

    def slope(self, x: np.ndarray) -> np.ndarray:
        """Its derivative by autograd, in double precision."""
        slopes: np.ndarray = derivative(self._double, torch.from_numpy(x[:, None].copy()))[:, 0].numpy()
        return slopes

    def curve(self) -> Curve:
        """Values and derivatives as the plots show them."""
        x = np.linspace(-X_LIMIT, X_LIMIT, POINTS)
        return Curve(x, self(x), self.slope(x))


def functions(own: Sequence[str] = ()) -> list[Function]:
    """The catalogue, followed by activations of the user's own.

    Raises:
        UserError: one of the user's cannot be found, or does not work.
    """
    for name in own:
        if not own_code.is_target(name):
            raise UserError(f"--activation {name}: name one of your own as FILE.py:NAME or MODULE:NAME.")
    return [function(name) for name in (*registry.names("activation"), *own)]


def function(name: str) -> Function:
    """A function of the catalogue, or of the user's own. Raises UserError if there is none or it does not work."""
    make = activation_factory(name, LEAKY_SLOPE)
    if not own_code.is_target(name):
        row = ACTIVATIONS.get(name)
        return Function(name, make, row.formula, row.source) if row else Function(name, make)
    check_activation(make, name)
    return Function(own_code.label(name), make, _first_line(name), name.rpartition(":")[0])


def _first_line(name: str) -> str:
    """Of the documentation that code has of its own; a class without one inherits that of nn.Module."""
    text = inspect.cleandoc(registry.resolve("activation", name).__doc__ or "")
    return text.partition("\n")[0]
