"""Muon: momentum, of whose every step all directions are made about equally long, so that none is left behind.

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks". PyTorch's own takes matrices alone and
computes in bf16, which is slow on a CPU that has none; this follows the weights, in full precision.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn, optim

from mnist_exp.kernels.adam import AdamW

QUINTIC = (3.4445, -4.7750, 2.0315)  # of Jordan's Newton-Schulz iteration: steepest at zero, ends near 1
ITERATIONS = 3  # he takes 5; on cnn_quick 2 cost up to 0.3 points of validation accuracy, 4 gained none
OTHERS = 0.1  # Adam's rate, for biases and logits, as a share of the matrices' (searched on validation)


class Muon(optim.Optimizer):
    """Hidden layers' weights by Muon; what is no such matrix, and the logits, by Adam."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        *,
        lr: float,
        momentum: float,
        betas: Sequence[float],
        weight_decay: float,
    ) -> None:
        parameters = list(parameters)
        hidden = [parameter for parameter in parameters if parameter.ndim > 1][:-1]  # the last makes the logits
        others = [parameter for parameter in parameters if all(parameter is not weight for weight in hidden)]
        self._adam = AdamW(others, lr=lr * OTHERS, betas=betas, weight_decay=weight_decay)
        groups: list[dict[str, Any]] = [{"params": hidden, "lr": lr}, {"params": others, "lr": lr * OTHERS}]
        super().__init__(groups, {"momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        hidden, others = self.param_groups
        for weight in hidden["params"]:
            self._turn(weight, hidden["lr"], hidden["momentum"], hidden["weight_decay"])
        self._adam.param_groups[0]["lr"] = others["lr"]  # which a schedule sets
        self._adam.step()

    def _turn(self, weight: nn.Parameter, lr: float | Tensor, momentum: float, weight_decay: float) -> None:
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        assert weight.grad is not None
        memory = state["momentum"].mul_(momentum).add_(weight.grad)
        ahead = weight.grad.add(memory, alpha=momentum)  # Nesterov's
        # Channels last is how a convolution's weights lie in memory: so rolled out, nothing is copied.
        ahead = ahead.movedim(1, -1)
        rows = ahead.reshape(len(ahead), -1)
        turned = orthogonal(rows).reshape(ahead.shape).movedim(-1, 1)
        weight.mul_(1 - lr * weight_decay).sub_(turned.mul_(lr * max(1, rows.size(0) / rows.size(1)) ** 0.5))


def orthogonal(matrix: Tensor, iterations: int = ITERATIONS) -> Tensor:
    """The matrix with its singular values evened out: the large near 1, the smallest several times larger."""
    a, b, c = QUINTIC
    tall = matrix.size(0) > matrix.size(1)
    x = (matrix.T if tall else matrix) / (matrix.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x
