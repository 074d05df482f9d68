"""Optimisers and learning-rate schedules, by name."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from torch import nn, optim
from torch.optim import lr_scheduler

from mnist_exp.kernels.adam import Adam, AdamW
from mnist_exp.kernels.muon import Muon

OPTIMIZERS: dict[str, Callable[..., optim.Optimizer]] = {
    "sgd": partial(optim.SGD, fused=True),
    "adam": Adam,
    "adamw": AdamW,
    "muon": Muon,
}


def make_optimizer(
    parameters: Iterable[nn.Parameter],
    *,
    name: str,
    lr: float,
    weight_decay: float,
    **memory: Any,
) -> optim.Optimizer:
    if "betas" in memory:
        memory["betas"] = tuple(memory["betas"])
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    return OPTIMIZERS[name](trained, lr=lr, weight_decay=weight_decay, **memory)


def _constant(optimizer: optim.Optimizer, steps: int, warmup: float) -> lr_scheduler.LRScheduler:
    return lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)


def _cosine(optimizer: optim.Optimizer, steps: int, warmup: float) -> lr_scheduler.LRScheduler:
    """A linear rise over the first share of the steps, then a cosine down to 0."""
    rising = min(round(steps * warmup), steps - 1)  # there is always a step to fall in
    if rising == 0:
        return lr_scheduler.CosineAnnealingLR(optimizer, steps)
    rise = lr_scheduler.LinearLR(optimizer, start_factor=1 / rising, total_iters=rising - 1)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, steps - rising)
    return lr_scheduler.SequentialLR(optimizer, [rise, fall], [rising])


def _one_cycle(optimizer: optim.Optimizer, steps: int, warmup: float) -> lr_scheduler.LRScheduler:
    # The momentum stays as configured: cycling it too would change two things at once.
    peaks = [group["lr"] for group in optimizer.param_groups]
    return lr_scheduler.OneCycleLR(optimizer, peaks, total_steps=steps, pct_start=warmup, cycle_momentum=False)


SCHEDULES: dict[str, Callable[[optim.Optimizer, int, float], lr_scheduler.LRScheduler]] = {
    "constant": _constant,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
}


def make_schedule(
    optimizer: optim.Optimizer, steps: int, *, name: str, warmup: float = 0.0
) -> lr_scheduler.LRScheduler:
    """The schedule `name` over `steps` optimiser steps, stepped once after each."""
    return SCHEDULES[name](optimizer, steps, warmup)
