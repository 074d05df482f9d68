"""The machine's peak matrix-product rate, a network's operations per step, and the time of each kind of operation."""

import time
from statistics import median

import torch
from torch import nn
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

SIDE, REPETITIONS = 1536, 15  # of the matrices: large enough for the best rate, small enough to take a second
STEPS = 12  # profiled


def gemm_rate(threads: int, dtype: torch.dtype) -> float:
    """Floating-point operations per second of a product of square matrices."""
    torch.set_num_threads(threads)
    a, b = torch.randn(SIDE, SIDE).to(dtype), torch.randn(SIDE, SIDE).to(dtype)
    seconds = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        a @ b
        seconds.append(time.perf_counter() - start)
    return 2 * SIDE**3 / median(seconds)


def step_operations(network: nn.Module, batch_size: int) -> int:
    """Floating-point operations of a step's forward and backward pass; multiplication and addition count as two."""
    with FlopCounterMode(display=False) as counter:
        _forward_and_backward(network, batch_size)
    return int(counter.get_total_flops())


def time_by_operation(network: nn.Module, batch_size: int, threads: int) -> list[tuple[str, float]]:
    """The share of each kind of operation in the time of a step, largest first."""
    torch.set_num_threads(threads)
    _forward_and_backward(network, batch_size)
    with profile(activities=[ProfilerActivity.CPU], acc_events=True) as profiler:
        for _ in range(STEPS):
            _forward_and_backward(network, batch_size)
    times = [(event.key.removeprefix("aten::"), event.self_cpu_time_total) for event in profiler.key_averages()]
    total = sum(time for _, time in times)
    return sorted(((name, time / total) for name, time in times), key=lambda pair: -pair[1])


def _forward_and_backward(network: nn.Module, batch_size: int) -> None:
    images = torch.rand(batch_size, 1, 28, 28).to(memory_format=torch.channels_last)
    loss = F.cross_entropy(network(images), torch.zeros(batch_size, dtype=torch.long))
    loss.backward()  # type: ignore[no-untyped-call]
