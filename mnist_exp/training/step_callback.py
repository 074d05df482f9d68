"""Callbacks that act every N steps. The fast loop calls them itself; a plain Trainer calls their hook."""

from typing import Any

import lightning.pytorch as pl
from torch import optim

from mnist_exp.training.classifier import LitClassifier


class StepCallback(pl.Callback):
    """Calls `at_step` before every `every`-th optimizer step, when the gradients are known."""

    def __init__(self, every: int) -> None:
        self.every = every

    def at_step(self, trainer: pl.Trainer, module: LitClassifier) -> None:
        raise NotImplementedError

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: Any, optimizer: optim.Optimizer) -> None:
        if trainer.global_step % self.every == 0:
            self.at_step(trainer, pl_module)
