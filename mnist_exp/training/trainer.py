"""The Lightning Trainer of a run: what it calls back, what it logs, what it leaves out."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint

from mnist_exp.config.schema import TrainerConfig
from mnist_exp.runs.files import CHECKPOINTS
from mnist_exp.training.progress import Bar, EpochLines, Stopwatch
from mnist_exp.training.tensorboard import Curves, RateCurve


def make_trainer(
    settings: TrainerConfig,
    accelerator: str,
    precision: str,
    run_dir: Path,
    curves: Curves,
    stopwatch: Stopwatch,
    watched: Sequence[str],
    lookers: Sequence[pl.Callback],
) -> pl.Trainer:
    bar = sys.stdout.isatty() if settings.progress_bar is None else settings.progress_bar
    validates = "val" in watched
    best: dict[str, Any] = {"monitor": "val/acc", "mode": "max"} if validates else {}
    callbacks: list[pl.Callback] = [
        stopwatch,
        *lookers,
        RateCurve(),
        ModelCheckpoint(run_dir / CHECKPOINTS, "best", save_weights_only=True, **best),
        EpochLines(stopwatch, over_bar=bar),
    ]
    if bar:
        callbacks.append(Bar())
    if settings.early_stopping and validates:
        callbacks.append(EarlyStopping("val/acc", mode="max", patience=settings.early_stopping))
    return pl.Trainer(
        accelerator=accelerator,
        devices=1,
        precision=precision,  # type: ignore[arg-type]
        # "warn": an operation that has no deterministic kernel is named rather than refused.
        deterministic="warn" if settings.deterministic else False,
        max_epochs=settings.max_epochs,
        callbacks=callbacks,
        logger=curves,
        num_sanity_val_steps=0,
        limit_val_batches=1.0 if watched else 0,
        enable_progress_bar=bar,
        enable_model_summary=False,
    )
