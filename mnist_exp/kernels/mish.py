"""Mish on the CPU in half of PyTorch's time or less: one sigmoid instead of four exponentials, computed in the cache.

With s = sigmoid(x), q = 1 - s, b = 1 + q² and h = q²/b, tanh(softplus(x)) = t = (1 - q²)/b = (1 - q²)·(1 - h), where
1 - q² = s + s·q keeps its digits for small s. The value is x·t, the derivative t + 4·x·s·h/b. Both are computed
together, so that the backward pass is a single product.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

BLOCK = 1 << 17  # how many numbers a thread computes at a time, with all intermediate results in its cache


class Mish(nn.Mish):
    """x·tanh(softplus(x)), Misra 2019."""

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "cpu" or not x.is_floating_point() or torch.compiler.is_compiling():
            return super().forward(x)  # on a GPU it is one kernel; exporters know the operation by its name
        return _Mish.apply(x) if x.requires_grad and torch.is_grad_enabled() else value_and_derivative(x, False)[0]


class _Mish(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        value, derivative = value_and_derivative(x, True)
        ctx.save_for_backward(derivative)
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (derivative,) = ctx.saved_tensors
        result: Tensor = gradient * derivative
        return result


def value_and_derivative(x: Tensor, derive: bool) -> tuple[Tensor, Tensor | None]:
    x = x if _dense_format(x) else x.contiguous()
    y, d = torch.empty_like(x), torch.empty_like(x) if derive else None
    block = BLOCK * torch.get_num_threads()
    tensors = (x, y, *([d] if d is not None else []))
    flat = [torch.split(_flat(tensor), block) for tensor in tensors]
    for parts in zip(*flat, strict=True):
        _fill(*parts)
    return y, d


def _fill(x: Tensor, y: Tensor, d: Tensor | None = None) -> None:
    x = x if x.dtype == torch.float64 else x.float()  # half precision only stores results
    s = x.sigmoid()
    q = 1 - s
    w = torch.addcmul(s, s, q)  # 1 - q²
    b = 2 - w
    h = q.square_().div_(b)
    t = w.addcmul_(w, h, value=-1)
    _write(y, torch.mul, x, t)
    if d is not None:
        _write(d, torch.addcmul, t, h.mul_(s).div_(b), x, value=4)  # 4·x might overflow


def _write(target: Tensor, operation: Callable[..., Tensor], *inputs: Tensor, **settings: float) -> None:
    """Write the result into the target, directly unless it has to be rounded to half precision."""
    if target.dtype == inputs[0].dtype:
        operation(*inputs, **settings, out=target)
    else:
        target.copy_(operation(*inputs, **settings))


def _dense_format(x: Tensor) -> torch.memory_format | None:
    """The memory format of a tensor without gaps, else None."""
    formats = (torch.contiguous_format, *([torch.channels_last] if x.dim() == 4 else []))
    return next((f for f in formats if x.is_contiguous(memory_format=f)), None)


def _flat(x: Tensor) -> Tensor:
    """All numbers in the order of memory."""
    return (x if x.is_contiguous() else x.permute(0, 2, 3, 1)).view(-1)
