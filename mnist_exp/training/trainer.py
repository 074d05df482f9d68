"""The Lightning Trainer of a run: its callbacks, its loggers, what is switched off."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import Logger

from mnist_exp.arguments import make
from mnist_exp.config.schema import TrainerConfig
from mnist_exp.runs.files import CHECKPOINTS, CSV_LOGS
from mnist_exp.training import service_loggers
from mnist_exp.training.checkpoint_io import AtomicCheckpointIO
from mnist_exp.training.progress import Bar, EpochLines, Stopwatch
from mnist_exp.training.service_loggers import RunLabels
from mnist_exp.training.tensorboard import LearningRateCurve


@dataclass
class Extras:
    """The user's callbacks and loggers: by name in the configuration, or given to the Python API."""

    callbacks: Sequence[pl.Callback] = field(default_factory=list)
    loggers: Sequence[Logger] = field(default_factory=list)


def make_callbacks(specs: Mapping[str, Mapping[str, Any]]) -> list[pl.Callback]:
    """The configured callbacks. Raises UserError for one that cannot be made."""
    base = pl.Callback, "lightning.pytorch's Callback"
    return [make(spec, f"callbacks={name}", f"callbacks.{name}", base) for name, spec in specs.items()]


def make_loggers(specs: Mapping[str, Mapping[str, Any]], run: RunLabels) -> list[Logger]:
    """The configured loggers, which write into the run's directory if they take one. Raises UserError."""
    return [_logger(name, spec, run) for name, spec in specs.items()]


def _logger(name: str, spec: Mapping[str, Any], run: RunLabels) -> Any:
    if service_loggers.package_of(spec):
        return service_loggers.make(name, spec, run)
    # CSVLogger deletes files of earlier logs, and warns of any file in its folder.
    is_csv = str(spec["_target_"]).endswith("CSVLogger")
    into: dict[str, Any] = {"save_dir": run.run_dir, "name": CSV_LOGS if is_csv else "", "version": ""}
    return make(spec, f"logger={name}", f"logger.{name}", (Logger, "lightning.pytorch's Logger"), **into)


def make_trainer(
    config: TrainerConfig,
    *,
    accelerator: str,
    precision: str,
    run_dir: Path,
    loggers: Sequence[Logger],
    stopwatch: Stopwatch,
    resume: pl.Callback,
    val_names: Sequence[str],
    callbacks: Sequence[pl.Callback],
    gradient_clip: float | None,
) -> pl.Trainer:
    """The Trainer for one run.

    Args:
        val_names: what is evaluated after each epoch; the best epoch is chosen on "val" if it is among them.
        resume: the callback that stores the run's state, before any other callback changes it.
        callbacks: the run's diagnostics and the user's.
        gradient_clip: for the plain loop; the fast loop clips by itself.
    """
    bar = sys.stdout.isatty() if config.progress_bar is None else config.progress_bar
    validates = "val" in val_names
    best: dict[str, Any] = {"monitor": "val/acc", "mode": "max"} if validates else {}
    everything: list[pl.Callback] = [
        resume,
        stopwatch,
        *callbacks,
        LearningRateCurve(),
        ModelCheckpoint(run_dir / CHECKPOINTS, "best", save_weights_only=True, **best),
        EpochLines(stopwatch, over_bar=bar),
    ]
    if bar:
        everything.append(Bar())
    if config.early_stopping and validates:
        everything.append(EarlyStopping("val/acc", mode="max", patience=config.early_stopping))
    return pl.Trainer(
        accelerator=accelerator,
        devices=1,
        precision=precision,  # type: ignore[arg-type]
        # "warn": an operation that has no deterministic kernel is named rather than refused.
        deterministic="warn" if config.deterministic else False,
        max_epochs=config.max_epochs,
        callbacks=everything,
        plugins=[AtomicCheckpointIO()],
        logger=list(loggers),
        gradient_clip_val=gradient_clip,
        num_sanity_val_steps=0,
        limit_val_batches=1.0 if val_names else 0,
        enable_progress_bar=bar,
        enable_model_summary=False,
    )
