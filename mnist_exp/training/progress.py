"""A run on the console: a line for each epoch, a progress bar; and how long training took."""

import logging
import time
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import TQDMProgressBar
from lightning.pytorch.callbacks.progress.tqdm_progress import Tqdm

from mnist_exp.runs.record import Record

log = logging.getLogger(__name__)


class Stopwatch(pl.Callback):
    """Seconds spent in training steps, without validation, checkpoints and start-up."""

    def __init__(self) -> None:
        self.epochs: list[float] = []
        self._started: float | None = None

    @property
    def seconds(self) -> float:
        return sum(self.epochs)

    def state_dict(self) -> dict[str, Any]:
        return {"epochs": self.epochs}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.epochs = state_dict["epochs"]

    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.epochs.append(0.0)
        self._started = time.perf_counter()

    # Validation comes before the end of the epoch; without a validation set there is only the latter.
    def on_validation_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self._stop(trainer.strategy.root_device)

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self._stop(trainer.strategy.root_device)

    def _stop(self, device: torch.device) -> None:
        if self._started is not None:
            if device.type != "cpu":
                torch.accelerator.synchronize()  # a GPU's steps are only queued by now
            self.epochs[-1] += time.perf_counter() - self._started
            self._started = None

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        for number, seconds in enumerate(self.epochs, start=1):
            for logger in trainer.loggers:
                logger.log_metrics({"epoch_seconds": seconds}, number)


class EpochLines(pl.Callback):
    """One line per epoch; on a terminal, above the bar of the next one."""

    def __init__(self, stopwatch: Stopwatch, over_bar: bool) -> None:
        self.stopwatch, self.over_bar = stopwatch, over_bar
        self._printed = 0

    def on_train_start(self, trainer: pl.Trainer, module: Any) -> None:
        self._printed = len(module.history)  # of a run that continues

    # The module adds an epoch's row after all callbacks have run, so that it is printed when the next epoch starts.
    def on_train_epoch_start(self, trainer: pl.Trainer, module: Any) -> None:
        self._print_new(trainer, module)

    def on_train_end(self, trainer: pl.Trainer, module: Any) -> None:
        self._print_new(trainer, module)

    def _print_new(self, trainer: pl.Trainer, module: Any) -> None:
        for row in module.history[self._printed :]:
            self._printed += 1
            if self.over_bar:
                print(end="\r\x1b[K", flush=True)  # clear the bar's line; it is drawn again below
            log.info("%s · %.1f s", epoch_line(row, trainer.max_epochs), self.stopwatch.epochs[self._printed - 1])


def epoch_line(row: dict[str, float], max_epochs: int | None) -> str:
    parts = [f"epoch {row['epoch']:.0f}/{max_epochs}"]
    for stage in ("train", "val", "test"):
        if f"{stage}_acc" in row:
            parts.append(f"{stage} {row[f'{stage}_acc']:.2%}, loss {row[f'{stage}_loss']:.4f}")
    return " · ".join(parts)


class Bar(TQDMProgressBar):
    """Lightning's bar, redrawn at each call of training_step, removed at the end, hidden in validation."""

    def __init__(self) -> None:
        super().__init__(refresh_rate=1)

    def init_train_tqdm(self) -> Tqdm:
        bar = super().init_train_tqdm()
        bar.leave = False
        return bar

    def init_validation_tqdm(self) -> Tqdm:
        return Tqdm(disable=True)

    def init_test_tqdm(self) -> Tqdm:
        return Tqdm(disable=True)

    def on_train_epoch_start(self, trainer: pl.Trainer, *args: Any) -> None:
        super().on_train_epoch_start(trainer, *args)
        self.train_progress_bar.set_description(f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}")

    def get_metrics(self, *args: Any) -> dict[str, int | str | float | dict[str, float]]:
        return {name: value for name, value in super().get_metrics(*args).items() if name != "v_num"}


def short_path(path: Path) -> Path:
    """The path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def heading(record: Record, max_epochs: int) -> str:
    run = [record.model, record.activation or "no activation", f"seed {record.seed}", record.data]
    size = [f"{record.parameters:,} parameters", f"{max_epochs} epoch{'s' * (max_epochs > 1)}"]
    device = [f"on {record.device}, {record.precision}, {record.threads} thread{'s' * (record.threads != 1)}"]
    return " · ".join(run + size + device)


def summary(record: Record, run_dir: Path) -> str:
    val = "" if record.val_acc is None else f" · validation {record.val_acc:.2%} (epoch {record.best_epoch})"
    return (
        f"test {record.test_acc:.2%} on {record.data}{val} · trained {record.train_seconds:.1f} s, "
        f"{record.total_seconds:.1f} s in all → {short_path(run_dir)}"
    )
