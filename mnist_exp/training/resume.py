"""Storing the state of a run now and then, so that it can continue if it is interrupted."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.loggers import Logger

from mnist_exp.atomic_files import write_bytes
from mnist_exp.error_messages import explain
from mnist_exp.runs.files import checkpoint_path, resume_path
from mnist_exp.training.logger_files import lengths
from mnist_exp.training.random_states import random_states, set_random_states
from mnist_exp.training.resume_point import OURS

SHARE = 0.01  # of the time, at most, that storing takes
log = logging.getLogger(__name__)


class Resume(pl.Callback):
    """Stores the state of the run, and restores what Lightning does not restore. Must be the first callback.

    Args:
        run_dir: where the run is written.
        every: seconds of training between two times; 0 = every epoch, None = never.
        identity: what must be the same when the run continues.
        loggers: of the run.
        elapsed: returns how many seconds the run has taken.
        clock: returns seconds.
    """

    def __init__(
        self,
        run_dir: Path,
        every: float | None,
        identity: dict[str, str],
        loggers: Sequence[Logger],
        elapsed: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run_dir, self.every, self.identity, self.loggers = run_dir, every, identity, loggers
        self.elapsed, self.clock = elapsed, clock
        self._since, self._cost = clock(), 0.0
        self._stores = False  # whether this callback is storing now
        self._random: dict[str, Any] | None = None  # the restored states of the random generators

    # The state between two epochs: all metrics of the last one are logged, and schedules by epoch have been stepped.
    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if self._random is not None:
            set_random_states(self._random, trainer.strategy.root_device)
            self._random = None
        elif trainer.current_epoch and self._is_due():
            self._store(trainer)
        elif trainer.current_epoch:
            return
        self._since = self.clock()

    def _is_due(self) -> bool:
        if not self.every:
            return self.every == 0
        return self.clock() - self._since >= max(self.every, self._cost / SHARE)

    def _store(self, trainer: pl.Trainer) -> None:
        """Store the state completely or not at all. If it cannot be stored, the run goes on without."""
        began = self.clock()
        self._stores = True
        try:
            trainer.save_checkpoint(resume_path(self.run_dir), weights_only=False)
        except Exception as error:  # a disk that is full, or a callback whose state cannot be stored
            self.every = None
            log.warning(
                "The run cannot be continued if it is interrupted: its state was not stored: %s", explain(error)
            )
        finally:
            self._stores = False
        self._cost = self.clock() - began

    def on_save_checkpoint(self, trainer: pl.Trainer, module: Any, checkpoint: dict[str, Any]) -> None:
        if not self._stores:
            return  # another callback saves a checkpoint
        # Lightning has counted the next epoch already. Without it, this is the state after a whole epoch.
        for counted in ("total", "current"):
            checkpoint["loops"]["fit_loop"]["epoch_progress"][counted]["ready"] -= 1
        best = checkpoint_path(self.run_dir)
        checkpoint[OURS] = {
            "identity": self.identity,
            "seconds": self.elapsed(),
            "lengths": lengths(self.run_dir, self.loggers),
            "history": module.history,
            "random": random_states(trainer.strategy.root_device),
            # A later epoch may replace the file before the run is interrupted.
            "best": torch.from_numpy(np.fromfile(best, np.uint8)) if best.exists() else None,
        }

    def on_load_checkpoint(self, trainer: pl.Trainer, module: Any, checkpoint: dict[str, Any]) -> None:
        ours = checkpoint.get(OURS)
        if ours is None:
            return  # the best epoch, to be tested
        module.history, self._random = ours["history"], ours["random"]
        if ours["best"] is not None:
            write_bytes(checkpoint_path(self.run_dir), ours["best"].numpy().tobytes())
