"""The fast loop: the same steps as a plain Trainer's, many of them in each call from Lightning.

Lightning's own work for a batch takes about 0.3 ms, half of a dense network's step. Here a LitClassifier's
training_step gets a round of batches and takes an optimizer step for each. Callbacks and loggers that need every batch
do not see them, so that training then uses the plain loop.
"""

import itertools
from collections.abc import Iterable, Iterator, Sized
from typing import Any, Protocol

import lightning.pytorch as pl
import torch
from torch import optim

from mnist_exp.training.classifier import Batch, LitClassifier
from mnist_exp.training.cuda_graphs import StepRunner, make_step_runner
from mnist_exp.training.step_callback import StepCallback

STEPS_PER_ROUND = 50
BATCH_HOOKS = (
    *("on_train_batch_start", "on_train_batch_end", "on_before_zero_grad", "on_before_backward"),
    *("on_after_backward", "on_before_optimizer_step"),
)


def needs_every_batch(parts: Iterable[object]) -> str | None:
    """The first callback or logger that overrides a hook for batches, as Class.hook; None if there is none."""
    for part in parts:
        if isinstance(part, StepCallback):
            continue
        for hook in BATCH_HOOKS:
            own = getattr(type(part), hook, None)
            if own is not None and own is not getattr(pl.Callback, hook):
                return f"{type(part).__name__}.{hook}"
    return None


class SizedBatches(Sized, Iterable[Batch], Protocol):
    """A dataloader."""


class Rounds:
    """The batches of a dataloader in their order, so many at a time."""

    def __init__(self, batches: SizedBatches) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return -(-len(self.batches) // STEPS_PER_ROUND)

    def __iter__(self) -> Iterator[Iterable[Batch]]:
        batches = iter(self.batches)
        for _ in range(len(self)):
            yield itertools.islice(batches, STEPS_PER_ROUND)


class RoundsDataModule(pl.LightningDataModule):
    """A data module whose training batches come in rounds."""

    def __init__(self, data: pl.LightningDataModule) -> None:
        super().__init__()
        self.data = data

    def setup(self, stage: str) -> None:
        self.data.trainer = self.trainer
        self.data.setup(stage)

    def train_dataloader(self) -> Rounds:
        return Rounds(self.data.train_dataloader())

    def val_dataloader(self) -> Any:
        return self.data.val_dataloader()

    def test_dataloader(self) -> Any:
        return self.data.test_dataloader()

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        return batch  # MNISTDataModule's are there already


class FastClassifier(LitClassifier):
    """A LitClassifier whose training_step takes a round of steps. Everything else is inherited.

    Args:
        steps_per_epoch: how many batches there are.
        gradient_clip: the largest gradient norm, or None. (A Trainer does not clip in manual optimization.)
    """

    def __init__(self, *sections: Any, steps_per_epoch: int, gradient_clip: float | None, **others: Any) -> None:
        super().__init__(*sections, **others)
        self.automatic_optimization = False
        self.steps_per_epoch, self.gradient_clip = steps_per_epoch, gradient_clip
        self._steps: StepRunner | None = None

    def configure_optimizers(self) -> optim.Optimizer:  # type: ignore[override]
        steps = self.steps_per_epoch * (self.trainer.max_epochs or 0)
        made = self.optimizer_and_schedule(steps)
        optimizer = made["optimizer"]
        self._schedule: Any = made["lr_scheduler"]["scheduler"]  # type: ignore[index]
        scaler = getattr(self.trainer.precision_plugin, "scaler", None)  # of 16-mixed
        self._steps = make_step_runner(self, optimizer, self.gradient_clip, scaler, self.trainer.strategy.root_device)
        return optimizer

    def on_train_start(self) -> None:
        self._callbacks = [c for c in self.trainer.callbacks if isinstance(c, StepCallback)]  # type: ignore[attr-defined]

    def training_step(self, batches: Iterable[Batch], batch_idx: int) -> None:  # type: ignore[override]
        assert self._steps is not None
        # Private, as in Lightning 2.6.6: trainer.global_step counts these. LightningOptimizer.step would count them
        # too, but takes 0.1 ms.
        progress = self.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
        step = self.trainer.global_step
        for images, labels in batches:
            logits = self._steps.gradients(images, labels)
            self.train_collected.update(logits, labels)
            for callback in self._callbacks:
                if step % callback.every == 0:
                    callback.at_step(self.trainer, self)
            self._steps.update()
            self._schedule.step()
            progress.increment_ready()
            progress.increment_completed()
            step += 1

    def on_train_end(self) -> None:
        self._steps = None  # and the GPU memory that it keeps
