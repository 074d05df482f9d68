"""Adam and AdamW: PyTorch's own fused kernels, without its bookkeeping around them at each step.

torch.optim gathers, checks and groups all parameters each time: a quarter of a step of mlp_deep with batches of 32.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import nn, optim

TINY = 1e-8  # added to the denominator, as everywhere


class Adam(optim.Optimizer):
    """Every parameter must have a gradient. The memory is in no state_dict: checkpoints hold weights alone."""

    kernel = staticmethod(torch._fused_adam_)
    _step_supports_amp_scaling = True  # GradScaler leaves dividing to the kernel, and a GPU need not be waited for

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, lr: float, betas: Sequence[float], weight_decay: float
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": tuple(betas), "weight_decay": weight_decay})
        weights = self.param_groups[0]["params"]
        self._means, self._squares = ([torch.zeros_like(weight) for weight in weights] for _ in range(2))
        self._steps = torch.zeros((), dtype=torch.float32, device=weights[0].device)

    def zero_grad(self, set_to_none: bool = True) -> None:
        for weight in self.param_groups[0]["params"]:
            weight.grad = None

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        group = self.param_groups[0]
        weights = group["params"]
        scale, overflown = (getattr(self, name, None) for name in ("grad_scale", "found_inf"))  # set by GradScaler
        self._steps += 1
        self.kernel(
            weights,
            [weight.grad for weight in weights],
            self._means,
            self._squares,
            [],
            [self._steps] * len(weights),
            lr=group["lr"],
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            weight_decay=group["weight_decay"],
            eps=TINY,
            amsgrad=False,
            maximize=False,
            grad_scale=scale,
            found_inf=overflown,
        )
        if overflown is not None:
            self._steps -= overflown  # then none was taken


class AdamW(Adam):
    """Its decay is apart from the gradient."""

    kernel = staticmethod(torch._fused_adamw_)
