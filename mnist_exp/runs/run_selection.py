"""Which trained network is meant by a folder: the run's own, or the best of a sweep."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnist_exp.command_line import is_folder, require_folders
from mnist_exp.data.datasets import load
from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.data.pixels import channels_first
from mnist_exp.errors import UserError
from mnist_exp.runs.files import RESULT, read_records
from mnist_exp.runs.record import Record

if TYPE_CHECKING:
    from mnist_exp.training.classifier import LitClassifier

HOW_TO_TRAIN = "make sweep trains four networks, python -m mnist_exp one"


@dataclass(frozen=True)
class TrainedRun:
    """A finished run with its trained network."""

    run_dir: Path
    record: Record
    model: "LitClassifier"

    @property
    def name(self) -> str:
        """cnn mish seed 1"""
        parts = (self.record.model, self.record.activation, f"seed {self.record.seed}")
        return " ".join(part for part in parts if part)

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """The probability of each class, (n, classes), for images of raw pixels, (n, h, w) or (n, h, w, c)."""
        import torch

        with torch.inference_mode():
            predicted: np.ndarray = self.model(torch.from_numpy(channels_first(images))).softmax(1).numpy()
        return predicted


def holds_runs(folder: Path) -> bool:
    """Whether any run under a folder has ended."""
    return is_folder(folder) and next(folder.rglob(RESULT), None) is not None


def finished_runs(folder: Path) -> list[Record]:
    """The records of all runs under a folder that have a trained network. Raises UserError if there are none."""
    require_folders([folder], "name that of a run or a sweep")
    found = [record for record in read_records(folder) if record.status == "ok"]
    if not found:
        raise UserError(f"{folder} holds no finished run: {HOW_TO_TRAIN}.")
    return found


def best_run(records: Sequence[Record]) -> Record | None:
    """The finished run with the highest validation accuracy, or None if no finished run has one."""
    best, best_acc = None, float("-inf")
    for record in records:
        if record.status == "ok" and record.val_acc is not None and record.val_acc > best_acc:
            best, best_acc = record, record.val_acc
    return best


def open_best(folder: Path) -> TrainedRun:
    """The only run of a folder, or the best by validation.

    Accuracies on different data are not compared: of several data sets, mnist is taken, else the one with most runs.

    Raises UserError if there is none, or if it cannot be loaded.
    """
    found = finished_runs(folder)
    counts = Counter(record.data for record in found)
    data = "mnist" if "mnist" in counts else counts.most_common(1)[0][0]
    best = found[0] if len(found) == 1 else best_run([record for record in found if record.data == data])
    if best is None:
        raise UserError(f"{folder}: none of its {len(found)} runs was validated, so none is best: name one of them.")
    return open_run(best)


def open_run(record: Record) -> TrainedRun:
    """The run with its trained network. Raises UserError if that cannot be loaded."""
    try:
        return TrainedRun(record.run_dir, record, record.load_model())
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, MemoryError) as error:
        path = record.run_dir / RESULT
        raise UserError(f"{path} describes no network that can be built. Run it again.") from error


def held_out_test_set(record: Record) -> LabelledImages:
    """The test set of a run's data, on which the run was not trained. Raises UserError if it cannot be read."""
    return load(record.config.data)[1]
