"""The fast loop: the same steps as a plain Trainer's, many of them in each call from Lightning.

Lightning's own work for a batch takes about 0.3 ms, half of a dense network's step. Here a LitClassifier's
training_step gets a round of batches and takes an optimizer step for each. It is used only with the callbacks and
loggers that are listed here.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, Protocol

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint, ModelSummary, RichModelSummary, Timer
from lightning.pytorch.loggers import CSVLogger, MLFlowLogger, TensorBoardLogger, WandbLogger
from torch import optim

from mnist_exp.training.classifier import Batch, LitClassifier
from mnist_exp.training.cuda_graphs import StepRunner, make_step_runner
from mnist_exp.training.probes import Probes
from mnist_exp.training.step_callback import StepCallback
from mnist_exp.training.tensorboard import LearningRateCurve, RunLogger, WeightHistograms

STEPS_PER_ROUND = 50


def _in_any_case(_: Any) -> bool:
    return True


def _saves_weights_after_epochs(checkpoint: Any) -> bool:
    """The weights alone: in the fast loop Lightning has no scheduler whose state it could save."""
    by_batch = checkpoint._every_n_train_steps or checkpoint._train_time_interval is not None
    return checkpoint.save_weights_only and not by_batch


def _only_measures(timer: Any) -> bool:
    return timer._duration is None


# Callbacks and loggers for which the fast loop is the same as the plain loop: exactly these classes, not subclasses, if
# the condition holds. In the fast loop Lightning sees a round as one batch, knows no scheduler and does not
# call the optimizer. The conditions read private attributes, as in Lightning 2.6.6.
SUPPORTED: dict[type, Callable[[Any], bool]] = {
    Probes: _in_any_case,  # the fast loop calls a StepCallback itself
    LearningRateCurve: _in_any_case,
    WeightHistograms: _in_any_case,  # once an epoch
    EarlyStopping: _in_any_case,  # after validation or after an epoch
    ModelCheckpoint: _saves_weights_after_epochs,
    ModelSummary: _in_any_case,  # before training
    RichModelSummary: _in_any_case,
    Timer: _only_measures,  # with a time limit it may stop after a batch
    RunLogger: _in_any_case,  # loggers get metrics with their step
    TensorBoardLogger: _in_any_case,
    CSVLogger: _in_any_case,
    WandbLogger: _in_any_case,
    MLFlowLogger: _in_any_case,
}


def first_unsupported(parts: Iterable[object]) -> str | None:
    """The class name of the first callback or logger that needs the plain loop; None if there is none."""
    return next((type(part).__name__ for part in parts if not _is_supported(part)), None)


def _is_supported(part: object) -> bool:
    kind = type(part)
    replaced = any(hasattr(kind, name) for name in vars(part))  # a method, on this object alone
    return kind in SUPPORTED and not replaced and SUPPORTED[kind](part)


class SizedBatches(Sized, Iterable[Batch], Protocol):
    """A dataloader."""


class Rounds:
    """The batches of a dataloader in their order, STEPS_PER_ROUND at a time."""

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

    def state_dict(self) -> dict[str, Any]:
        return self.data.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.data.load_state_dict(state_dict)

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
        self._runner: StepRunner | None = None
        self._restored_schedule: dict[str, Any] | None = None

    def configure_optimizers(self) -> optim.Optimizer:  # type: ignore[override]
        steps = self.steps_per_epoch * (self.trainer.max_epochs or 0)
        made = self.optimizer_and_schedule(steps)
        optimizer = made["optimizer"]
        self._schedule: Any = made["lr_scheduler"]["scheduler"]  # type: ignore[index]
        self._stepped_every: str = made["lr_scheduler"]["interval"]  # type: ignore[index]
        scaler = getattr(self.trainer.precision_plugin, "scaler", None)  # of 16-mixed
        self._runner = make_step_runner(self, optimizer, self.gradient_clip, scaler, self.trainer.strategy.root_device)
        return optimizer

    # Lightning stores and restores everything but the schedule, which it does not know.
    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if "optimizer_states" in checkpoint:
            checkpoint["lr_schedulers"] = [self._schedule.state_dict()]

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self._restored_schedule = next(iter(checkpoint.get("lr_schedulers", [])), None)

    def on_train_start(self) -> None:
        if self._restored_schedule is not None:  # the optimizer is restored by now
            self._schedule.load_state_dict(self._restored_schedule)
        self._callbacks = [c for c in self.trainer.callbacks if isinstance(c, StepCallback)]  # type: ignore[attr-defined]

    def training_step(self, batches: Iterable[Batch], batch_idx: int) -> None:  # type: ignore[override]
        assert self._runner is not None
        # Private, as in Lightning 2.6.6: trainer.global_step counts these. LightningOptimizer.step would count them
        # too, but takes 0.1 ms.
        progress = self.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
        step = self.trainer.global_step
        for images, labels in batches:
            logits = self._runner.gradients(images, labels)
            self.train_collected.update(logits, labels)
            for callback in self._callbacks:
                if step % callback.every == 0:
                    callback.at_step(self.trainer, self)
            self._runner.update()
            if self._stepped_every == "step":
                self._schedule.step()
            progress.increment_ready()
            progress.increment_completed()
            step += 1

    def on_train_epoch_end(self) -> None:
        super().on_train_epoch_end()
        if self._stepped_every == "epoch":
            self._schedule.step()

    def on_train_end(self) -> None:
        self._runner = None  # and the GPU memory that it keeps
