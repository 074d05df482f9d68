"""Adam and AdamW with PyTorch's own fused kernels, but without its bookkeeping at each step.

torch.optim gathers, checks and groups all parameters each time: a quarter of a step of mlp_deep with batches of 32.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn, optim

EPSILON = 1e-8  # added to the denominator, as everywhere


class Adam(optim.Optimizer):
    """Adam for parameters, or groups of them, each of which must have a gradient at every step.

    The state of a parameter has torch.optim.Adam's names: step, exp_avg, exp_avg_sq. All share one step count.
    """

    kernel = staticmethod(torch._fused_adam_)
    _step_supports_amp_scaling = True  # GradScaler leaves dividing to the kernel, and a GPU need not be waited for

    def __init__(
        self,
        parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]],
        *,
        lr: float,
        betas: Sequence[float],
        weight_decay: float,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": tuple(betas), "weight_decay": weight_decay})
        weights = self.weights()
        steps = torch.zeros((), dtype=torch.float32, device=weights[0].device)
        for weight in weights:
            self.state[weight] = {
                "step": steps,
                "exp_avg": torch.zeros_like(weight),
                "exp_avg_sq": torch.zeros_like(weight),
            }
        self.gather_state()

    def weights(self) -> list[nn.Parameter]:
        """The parameters of all groups."""
        return [weight for group in self.param_groups for weight in group["params"]]

    def gather_state(self) -> None:
        """Collect the tensors of `self.state` into the lists that the kernel takes, one per group."""
        first = self.weights()[0]
        self._step_count: Tensor = self.state[first]["step"].to(first.device)  # a checkpoint has it on the CPU
        for weight in self.weights():
            self.state[weight]["step"] = self._step_count
        groups = [[self.state[weight] for weight in group["params"]] for group in self.param_groups]
        self._means = [[state["exp_avg"] for state in states] for states in groups]
        self._squares = [[state["exp_avg_sq"] for state in states] for states in groups]

    def state_dict(self) -> dict[str, Any]:
        """As torch.optim.Adam's, in which every parameter counts for itself."""
        saved = super().state_dict()
        saved["state"] = {i: state | {"step": state["step"].clone()} for i, state in saved["state"].items()}
        return saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self.gather_state()

    def zero_grad(self, set_to_none: bool = True) -> None:
        for weight in self.weights():
            weight.grad = None

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        overflow = getattr(self, "found_inf", None)  # set by GradScaler
        self._step_count += 1
        for group, means, squares in zip(self.param_groups, self._means, self._squares, strict=True):
            self._update(group, means, squares, getattr(self, "grad_scale", None), overflow)
        if overflow is not None:
            self._step_count -= overflow  # an overflow means that no step was taken
        return loss

    def _update(
        self,
        group: Mapping[str, Any],
        means: list[Tensor],
        squares: list[Tensor],
        scale: Tensor | None,
        overflow: Tensor | None,
    ) -> None:
        weights = group["params"]
        self.kernel(
            weights,
            [weight.grad for weight in weights],
            means,
            squares,
            [],
            [self._step_count] * len(weights),
            lr=group["lr"],
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            weight_decay=group["weight_decay"],
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
            grad_scale=scale,
            found_inf=overflow,
        )


class AdamW(Adam):
    """Adam whose weight decay is separate from the gradient."""

    kernel = staticmethod(torch._fused_adamw_)
