"""An activation with a parameter that is learnt, and one that is a plain function.

Compare them with ReLU:

    mnist-exp -m model=mlp model.activation=relu,./own_activation.py:LearnableSwish seed=0,1,2

Set an argument:

    mnist-exp model=mlp model.activation=./own_activation.py:bent_line model.activation_options={bend:0.8}
"""

import torch
from torch import Tensor, nn


class LearnableSwish(nn.Module):
    """x · sigmoid(beta · x). Each layer learns its own beta."""

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(float(beta)))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.beta * x)


def bent_line(x: Tensor, bend: float = 0.5) -> Tensor:
    """A smooth line with the slope 1 + bend far above 0 and 1 - bend far below 0."""
    return x + bend * ((x * x + 1).sqrt() - 1)
