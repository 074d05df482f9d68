"""What a network's training would take at the rate of this machine's matrix products, and where its time goes."""

import time
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

SIDE, TRIES = 1536, 15  # of the matrices: large enough for the best rate, small enough to be done in a second
STEPS = 12  # profiled


def gemm_rate(threads: int, dtype: torch.dtype) -> float:
    """Floating-point operations a second, of a square matrix product."""
    torch.set_num_threads(threads)
    a, b = torch.randn(SIDE, SIDE).to(dtype), torch.randn(SIDE, SIDE).to(dtype)
    seconds = []
    for _ in range(TRIES):
        began = time.perf_counter()
        a @ b
        seconds.append(time.perf_counter() - began)
    return 2 * SIDE**3 / median(seconds)


def operations(network: nn.Module, images: int) -> int:
    """Of one step's forward and backward pass, a multiplication and an addition being two."""
    with FlopCounterMode(display=False) as counter:
        _step(network, images)
    return int(counter.get_total_flops())


def shares(network: nn.Module, images: int, threads: int) -> list[tuple[str, float]]:
    """The share of a step's time in each kind of operation, largest first."""
    torch.set_num_threads(threads)
    _step(network, images)
    with profile(activities=[ProfilerActivity.CPU], acc_events=True) as seen:
        for _ in range(STEPS):
            _step(network, images)
    own: list[tuple[str, Any]] = [
        (event.key.removeprefix("aten::"), event.self_cpu_time_total) for event in seen.key_averages()
    ]
    whole = sum(time for _, time in own)
    return sorted(((name, time / whole) for name, time in own), key=lambda pair: -pair[1])


def _step(network: nn.Module, images: int) -> None:
    x = torch.rand(images, 1, 28, 28).to(memory_format=torch.channels_last)
    F.cross_entropy(network(x), torch.zeros(images, dtype=torch.long)).backward()
