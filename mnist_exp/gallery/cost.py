"""What an activation costs: the time of its forward and backward pass as a multiple of ReLU's, on this machine's CPU.

Each is timed beside ReLU, in turns, on the output of a convolution, in training mode. The result is the median.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor, nn

from mnist_exp import runtime

SHAPE = (128, 32, 13, 13)  # 692,224 numbers
TURNS = 7
# bf16 is what training with trainer.precision=bf16-mixed does: the input is bf16, and autocast chooses operations.
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class Cost:
    """Times as multiples of ReLU's, in one precision."""

    forward: float
    both: float  # forward and backward together: some functions compute their derivative in the forward pass


Costs = dict[str, Cost]  # by precision


def costs(makers: Sequence[Callable[[], nn.Module]], turns: int | None = None) -> list[Costs]:
    """The costs of each of these activations; `turns` is TURNS if not given."""
    with _one_thread():
        measured = {precision: _measure(makers, dtype, turns or TURNS) for precision, dtype in PRECISIONS.items()}
    return [dict(zip(measured, row, strict=True)) for row in zip(*measured.values(), strict=True)]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Settings as in training, but one thread, whose time on the processor does not depend on other processes."""
    threads = torch.get_num_threads()
    runtime.prepare(1)
    yield
    torch.set_num_threads(threads)


def _measure(makers: Sequence[Callable[[], nn.Module]], dtype: torch.dtype, turns: int) -> list[Cost]:
    inputs = torch.randn(SHAPE, generator=torch.Generator().manual_seed(0)).to(dtype)
    gradient = torch.randn(SHAPE, generator=torch.Generator().manual_seed(1)).to(dtype)
    relu, activations = nn.ReLU(), [make() for make in makers]
    turns_of_each: list[list[Cost]] = [[] for _ in activations]
    for _ in range(turns):
        for activation, found in zip(activations, turns_of_each, strict=True):
            found.append(_turn(lambda one: _seconds(one, inputs, gradient), relu, activation))
    return [Cost(median(one.forward for one in found), median(one.both for one in found)) for found in turns_of_each]


def _turn(seconds: Callable[[nn.Module], Cost], relu: nn.Module, activation: nn.Module) -> Cost:
    """ReLU before and after the activation, each after a pass that fills caches and memory pools."""
    order = (relu, relu, activation, activation, activation, relu)
    _, before, _, first, second, after = [seconds(module) for module in order]
    return Cost(
        (first.forward + second.forward) / (before.forward + after.forward),
        (first.both + second.both) / (before.both + after.both),
    )


def _seconds(activation: nn.Module, inputs: Tensor, gradient: Tensor) -> Cost:
    """Of a forward and a backward pass: processor time."""
    inputs = inputs.detach().requires_grad_()
    start = time.thread_time()
    with torch.autocast("cpu", torch.bfloat16, enabled=inputs.dtype == torch.bfloat16, cache_enabled=False):
        values = activation(inputs)
    middle = time.thread_time()
    values.backward(gradient.to(values.dtype))
    return Cost(middle - start, time.thread_time() - start)
