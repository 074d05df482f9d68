"""Optimizers and learning-rate schedules from their sections of the configuration."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

from torch import nn, optim
from torch.optim import lr_scheduler

from mnist_exp import registry
from mnist_exp.arguments import make
from mnist_exp.config.schema import OptimizerConfig, OwnOptimizerConfig, OwnScheduleConfig, ScheduleConfig
from mnist_exp.errors import UserError


def make_optimizer(
    parameters: Iterable[nn.Parameter], config: OptimizerConfig, undecayed: Collection[nn.Parameter] = ()
) -> optim.Optimizer:
    """The optimizer over the parameters that are trained.

    Args:
        parameters: of the network.
        config: the section `optimizer`.
        undecayed: those of the parameters that have no weight decay.

    Raises:
        UserError: it cannot be made of this.
    """
    trained = _groups([parameter for parameter in parameters if parameter.requires_grad], config, undecayed)
    if isinstance(config, OwnOptimizerConfig):
        return _own_optimizer(trained, config)
    options = {key: value for key, value in asdict(config).items() if key != "name"}
    if "betas" in options:
        options["betas"] = tuple(options["betas"])
    kind = registry.resolve("optimizer", config.name)
    fused = {"fused": True} if kind is optim.SGD else {}
    optimizer: optim.Optimizer = kind(trained, **options, **fused)
    return optimizer


def _groups(
    trained: list[nn.Parameter], config: OptimizerConfig, undecayed: Collection[nn.Parameter]
) -> list[nn.Parameter] | list[dict[str, Any]]:
    """The parameters; in two groups if some have no weight decay and the others have."""
    ids = {id(parameter) for parameter in undecayed}
    without = [parameter for parameter in trained if id(parameter) in ids]
    if not (without and config.weight_decay):
        return trained
    decayed: dict[str, Any] = {"params": [parameter for parameter in trained if id(parameter) not in ids]}
    return [decayed, {"params": without, "weight_decay": 0.0}]


def _own_optimizer(
    parameters: list[nn.Parameter] | list[dict[str, Any]], config: OwnOptimizerConfig
) -> optim.Optimizer:
    """Settings that every optimizer has are passed on where the signature has them. Lists become tuples, as betas."""
    options = {name: tuple(v) if isinstance(v, list) else v for name, v in config.options.items()}
    shared: dict[str, Any] = {"params": parameters, "lr": config.lr, "weight_decay": config.weight_decay}
    spec, base = {"_target_": config._target_, **options}, (optim.Optimizer, "torch.optim.Optimizer")
    optimizer: optim.Optimizer = make(spec, f"optimizer={config.name}", "optimizer", base, **shared)
    return optimizer


def make_schedule(optimizer: optim.Optimizer, steps: int, config: ScheduleConfig) -> lr_scheduler.LRScheduler:
    """The schedule over `steps` optimizer steps. Raises UserError if it cannot be made of this."""
    if isinstance(config, OwnScheduleConfig):
        return _own_schedule(optimizer, steps, config)
    options = {key: value for key, value in asdict(config).items() if key != "name"}
    schedule: lr_scheduler.LRScheduler = registry.resolve("schedule", config.name)(optimizer, steps, **options)
    return schedule


def interval(config: ScheduleConfig) -> str:
    """After what the schedule is stepped: "step" or "epoch"."""
    return config.interval if isinstance(config, OwnScheduleConfig) else "step"


def _own_schedule(optimizer: optim.Optimizer, steps: int, config: OwnScheduleConfig) -> lr_scheduler.LRScheduler:
    """An option with the value "steps" stands for the number of steps, as in T_max: steps."""
    options = {name: steps if value == "steps" else value for name, value in config.options.items()}
    spec, base = {"_target_": config._target_, **options}, (lr_scheduler.LRScheduler, "PyTorch's LRScheduler")
    filled_in: dict[str, Any] = {"optimizer": optimizer, "steps": steps}
    schedule = make(spec, f"schedule={config.name}", "schedule", base, function=True, **filled_in)
    if not isinstance(schedule, lr_scheduler.LRScheduler) or isinstance(schedule, lr_scheduler.ReduceLROnPlateau):
        raise UserError(
            f"schedule={config.name}: {config._target_} must return a scheduler of torch.optim.lr_scheduler that is "
            "stepped without a metric."
        )
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
    if steps * warmup == 1:  # PyTorch would divide by a rise of zero steps; a little less begins at the peak
        warmup *= 1 - 1e-9
    return lr_scheduler.OneCycleLR(optimizer, peaks, total_steps=steps, pct_start=warmup, cycle_momentum=False)
