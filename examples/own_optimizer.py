"""An optimizer, and a schedule for its learning rate.

    mnist-exp model=mlp optimizer=./own_optimizer.py:SignDescent optimizer.lr=0.0003 schedule=./own_optimizer.py:to_zero

Compare it with Adam, at three learning rates each:

    mnist-exp -m model=mlp optimizer=adam,./own_optimizer.py:SignDescent optimizer.lr=0.0003,0.001,0.003
"""

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler


class SignDescent(torch.optim.Optimizer):
    """Steps of equal size against the sign of the average gradient. optimizer.beta is the weight of the past."""

    def __init__(self, params: Iterable[nn.Parameter], lr: float, beta: float = 0.9) -> None:
        super().__init__(params, {"lr": lr, "beta": beta})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    average = self.state[parameter].setdefault("average", torch.zeros_like(parameter))
                    average.lerp_(parameter.grad, 1 - group["beta"])
                    parameter.sub_(average.sign(), alpha=group["lr"])
        return loss


def to_zero(optimizer: torch.optim.Optimizer, steps: int, power: float = 1.0) -> LRScheduler:
    """From optimizer.lr down to 0 over all `steps` of the training. A straight line unless schedule.power is set."""
    return LambdaLR(optimizer, lambda step: (1 - min(step, steps) / steps) ** power)
