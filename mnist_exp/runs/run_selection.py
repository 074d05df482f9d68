"""Trained networks, as whoever uses them names them: a run's folder, or that of a sweep, whose best run is meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from mnist_exp.data.datasets import LabelledImages, load
from mnist_exp.errors import UserError
from mnist_exp.models import Classifier
from mnist_exp.runs.checkpoints import load_model
from mnist_exp.runs.files import RESULT, read_all
from mnist_exp.runs.identity import deciding
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import ok
from mnist_exp.study.tables import best_run

NEEDED = ("key", "config", "data", "model", "activation", "seed", "val_acc")  # of a result, to choose by and to name it
HOW_TO_TRAIN = "make sweep trains four networks, python -m mnist_exp one"


@dataclass(frozen=True)
class Trained:
    run_dir: Path
    result: Record
    model: Classifier

    @property
    def name(self) -> str:
        parts = (self.result["model"], self.result["activation"], f"seed {self.result['seed']}")
        return " ".join(part for part in parts if part)

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """For images (n, 28, 28) of raw pixels, how likely each is which digit, (n, 10)."""
        with torch.inference_mode():
            return self.model(torch.from_numpy(images).unsqueeze(1)).softmax(1).numpy()


def holds_runs(folder: Path) -> bool:
    return folder.is_dir() and next(folder.rglob(RESULT), None) is not None


def finished(folder: Path) -> list[Record]:
    """Every run under a folder that has a network to ask."""
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder: name that of a run or a sweep.")
    try:
        found = ok(read_all(folder))
        for r in found:
            [r[key] for key in NEEDED], deciding(r.config)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise UserError(f"{folder}: a {RESULT} in it is damaged ({error}). Delete that run and do it again.") from error
    if not found:
        raise UserError(f"{folder} holds no finished run: {HOW_TO_TRAIN}.")
    return found


def open_best(folder: Path) -> Trained:
    """The run of a folder, or the best by validation of several; accuracies on different data are not compared."""
    found = finished(folder)
    official = [r for r in found if r["data"] == "mnist"] or found
    best = found[0] if len(found) == 1 else best_run(official)
    if best is None:
        raise UserError(f"{folder}: none of its {len(found)} runs was validated, so none is best: name one of them.")
    return open_run(best)


def open_run(result: Record) -> Trained:
    run_dir = Path(result["run_dir"])
    try:
        return Trained(run_dir, result, load_model(run_dir))
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, MemoryError) as error:
        raise UserError(f"{run_dir / RESULT} describes no network that can be built. Do the run again.") from error


def unseen(results: Sequence[Record]) -> tuple[str, LabelledImages]:
    """A test set that none of these runs has seen, and of what: mnist5k's is part of the official training set."""
    judge = next((r for r in results if r["data"] == "mnist"), results[0])
    return judge["data"], load(judge["data"], judge["config"]["data"]["root"])[1]
