"""Muon: momentum whose every step has all its directions made about equally long.

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks". PyTorch's own takes matrices alone and
computes in bf16, which is slow on a CPU without it. This one takes kernels too and computes in the weights' precision.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn, optim

from mnist_exp.kernels.adam import AdamW

QUINTIC = (3.4445, -4.7750, 2.0315)  # of Jordan's Newton-Schulz iteration: steepest at zero, ends near 1
ITERATIONS = 3  # Jordan takes 5; on cnn_quick 2 cost up to 0.3 points of validation accuracy, 4 gained none
ADAM_RATE = 0.1  # of AdamW, for biases and logits, as a share of the matrices' (searched on validation)


class Muon(optim.Optimizer):
    """Muon for the hidden layers' weights; AdamW for biases and for the last matrix, which makes the logits.

    Of several groups the first is split like that, and AdamW has the others.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]],
        *,
        lr: float,
        momentum: float,
        betas: Sequence[float],
        weight_decay: float,
    ) -> None:
        first, *further = _groups(parameters)
        hidden = [parameter for parameter in first["params"] if parameter.ndim > 1][:-1]  # the last makes the logits
        others = [parameter for parameter in first["params"] if all(parameter is not weight for weight in hidden)]
        adam_groups = [{"params": others}, *further]
        self._adam = AdamW(
            [dict(group) for group in adam_groups], lr=lr * ADAM_RATE, betas=betas, weight_decay=weight_decay
        )
        groups = [{"params": hidden, "lr": lr}, *({"lr": lr * ADAM_RATE, **group} for group in adam_groups)]
        super().__init__(groups, {"momentum": momentum, "weight_decay": weight_decay})
        self.state.update(self._adam.state)  # so that state_dict has all of it
        for weight in hidden:
            self.state[weight] = {"momentum": torch.zeros_like(weight)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._adam.state.update({weight: self.state[weight] for weight in self._adam.weights()})
        self._adam.gather_state()

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        hidden, *others = self.param_groups
        for weight in hidden["params"]:
            self._update(weight, hidden["lr"], hidden["momentum"], hidden["weight_decay"])
        for group, other in zip(self._adam.param_groups, others, strict=True):
            group["lr"] = other["lr"]  # which a schedule sets
        self._adam.step()
        return loss

    def _update(self, weight: nn.Parameter, lr: float | Tensor, momentum: float, weight_decay: float) -> None:
        assert weight.grad is not None
        average = self.state[weight]["momentum"].mul_(momentum).add_(weight.grad)
        step = weight.grad.add(average, alpha=momentum)  # Nesterov's
        # Channels last is how a convolution's weights are stored: flattened in this order, nothing is copied.
        step = step.movedim(1, -1)
        rows = step.reshape(len(step), -1)
        even = orthogonal(rows).reshape(step.shape).movedim(-1, 1)
        weight.mul_(1 - lr * weight_decay).sub_(even.mul_(lr * max(1, rows.size(0) / rows.size(1)) ** 0.5))


def _groups(parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Groups as they are; parameters as one group."""
    given: list[Any] = list(parameters)
    return given if isinstance(given[0], dict) else [{"params": given}]


def orthogonal(matrix: Tensor, iterations: int = ITERATIONS) -> Tensor:
    """The matrix with its singular values evened out: the large near 1, the smallest several times larger."""
    a, b, c = QUINTIC
    tall = matrix.size(0) > matrix.size(1)
    x = (matrix.T if tall else matrix) / (matrix.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    result: Tensor = x.T if tall else x
    return result
