"""An activation as a function of one number, with its derivative, in double precision."""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mnist_exp.models.activations import derivative

ROWS, WIDEST_INPUT = 8, 3.0  # of the numbers by which it is checked


class Pointwise:
    """Values and derivatives of an activation in evaluation mode, at numbers of any shape.

    Args:
        activation: is copied as it is now.
        width: units of its layer; it may have parameters for each.
    """

    def __init__(self, activation: nn.Module, width: int) -> None:
        self.module, self.width = deepcopy(activation).double().eval(), width

    def __call__(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        inputs = F.pad(numbers.flatten(), (0, -numbers.numel() % self.width)).reshape(-1, self.width)
        with torch.no_grad():
            values = self.module(inputs.clone())
        found = values, derivative(self.module, inputs)
        values, slopes = (one.detach().flatten()[: numbers.numel()].reshape(numbers.shape) for one in found)
        return values, slopes

    def is_one_function(self) -> bool:
        """Whether every unit has the same function, which depends on no other unit or image."""
        numbers = torch.linspace(-WIDEST_INPUT, WIDEST_INPUT, ROWS * self.width, dtype=torch.double)
        order = torch.randperm(len(numbers), generator=torch.Generator().manual_seed(0))
        sorted_, shuffled = self(numbers), self(numbers[order])
        return all(torch.allclose(a[order], b) for a, b in zip(sorted_, shuffled, strict=True))
