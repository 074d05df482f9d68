"""Which class a run predicted for each test image, from its stored predictions."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mnist_exp.runs.files import PREDICTIONS
from mnist_exp.runs.measured_files import read_predictions
from mnist_exp.runs.untrusted import DamagedError, warn_once


@dataclass(frozen=True)
class Answers:
    """The label of each test image, and the class that a run predicted."""

    actual: np.ndarray
    predicted: np.ndarray

    @property
    def correct(self) -> np.ndarray:
        """Where the prediction is right."""
        found: np.ndarray = self.predicted == self.actual
        return found


def read_answers(run_dir: Path) -> Answers | None:
    """The answers of a run, or None if its predictions cannot be read. A file is read once until it changes."""
    try:
        path = run_dir / PREDICTIONS
        return _read(run_dir, path.stat().st_mtime_ns)
    except DamagedError as error:
        warn_once(f"{error} · the run counts as one without predictions")
    except OSError:
        return None
    return None


@lru_cache(maxsize=4096)  # 20 kB for each run with 10,000 images
def _read(run_dir: Path, _changed: int) -> Answers:
    actual, probabilities = read_predictions(run_dir)
    kind = np.uint8 if probabilities.shape[1] <= 256 else np.int32
    return Answers(actual, probabilities.argmax(axis=1).astype(kind))
