"""Activation functions on the CPU: value and derivative computed together, block by block in the processor's cache.

The backward pass is then a single product. A function is given by its formula for one block.
"""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

BLOCK = 1 << 17  # how many numbers a thread computes at a time, with all intermediate results in its cache


class Formula(Protocol):
    """Writes the values of x into y, and its derivatives into d if that is not None, with `write`."""

    def __call__(self, x: Tensor, y: Tensor, d: Tensor | None) -> None: ...


def is_usable(x: Tensor) -> bool:
    """Not on a GPU, where PyTorch's kernels are faster; not for exporters, which know PyTorch's operations only."""
    return x.device.type == "cpu" and x.is_floating_point() and not torch.compiler.is_compiling()


def blockwise(x: Tensor, formula: Formula) -> Tensor:
    """The function of a tensor of any shape. A gradient passes through it once."""
    if x.requires_grad and torch.is_grad_enabled():
        result: Tensor = _Blockwise.apply(x, formula)
        return result
    return value_and_derivative(x, formula, False)[0]


class _Blockwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, formula: Formula) -> Tensor:
        value, derivative = value_and_derivative(x, formula, True)
        ctx.save_for_backward(derivative)
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (derivative,) = ctx.saved_tensors
        return gradient * derivative, None


def value_and_derivative(x: Tensor, formula: Formula, derive: bool) -> tuple[Tensor, Tensor | None]:
    """In the order of memory of x, and in its precision. Half precision only stores inputs and results."""
    x = x if _dense_format(x) else x.contiguous()
    y, d = torch.empty_like(x), torch.empty_like(x) if derive else None
    block = BLOCK * torch.get_num_threads()
    flat = [torch.split(_flat(tensor), block) for tensor in (x, y, d) if tensor is not None]
    for part, *targets in zip(*flat, strict=True):
        formula(part if part.dtype == torch.float64 else part.float(), targets[0], targets[1] if derive else None)
    return y, d


def write(target: Tensor, operation: Callable[..., Tensor], *inputs: Tensor, **settings: float) -> None:
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
