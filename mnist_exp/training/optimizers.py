"""Optimizers and learning-rate schedules from their sections of the configuration."""

from collections.abc import Iterable
from dataclasses import asdict

from torch import nn, optim
from torch.optim import lr_scheduler

from mnist_exp import registry
from mnist_exp.config.schema import OptimizerConfig, ScheduleConfig


def make_optimizer(parameters: Iterable[nn.Parameter], config: OptimizerConfig) -> optim.Optimizer:
    """The optimizer over the parameters that are trained."""
    options = {key: value for key, value in asdict(config).items() if key != "name"}
    if "betas" in options:
        options["betas"] = tuple(options["betas"])
    kind = registry.resolve("optimizer", config.name)
    fused = {"fused": True} if kind is optim.SGD else {}
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    optimizer: optim.Optimizer = kind(trained, **options, **fused)
    return optimizer


def make_schedule(optimizer: optim.Optimizer, steps: int, config: ScheduleConfig) -> lr_scheduler.LRScheduler:
    """The schedule over `steps` optimizer steps, stepped once after each."""
    options = {key: value for key, value in asdict(config).items() if key != "name"}
    schedule: lr_scheduler.LRScheduler = registry.resolve("schedule", config.name)(optimizer, steps, **options)
    return schedule


def constant(optimizer: optim.Optimizer, steps: int) -> lr_scheduler.LRScheduler:
    return lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)


def cosine(optimizer: optim.Optimizer, steps: int, warmup: float) -> lr_scheduler.LRScheduler:
    """A linear rise over the first share of the steps, then a cosine down to 0."""
    rising = min(round(steps * warmup), steps - 1)  # at least one step is left to fall in
    if rising == 0:
        return lr_scheduler.CosineAnnealingLR(optimizer, steps)
    rise = lr_scheduler.LinearLR(optimizer, start_factor=1 / rising, total_iters=rising - 1)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, steps - rising)
    return lr_scheduler.SequentialLR(optimizer, [rise, fall], [rising])


def one_cycle(optimizer: optim.Optimizer, steps: int, warmup: float) -> lr_scheduler.LRScheduler:
    """Up to the learning rate over the first share of the steps, then down to nothing.

    The momentum stays as configured: cycling it too would change two things at once.
    """
    peaks = [group["lr"] for group in optimizer.param_groups]
    return lr_scheduler.OneCycleLR(optimizer, peaks, total_steps=steps, pct_start=warmup, cycle_momentum=False)
