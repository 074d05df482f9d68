"""Reads the predictions, probes and predicted flow of a run, which may be damaged or come from elsewhere.

Nothing is unpickled.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnist_exp.runs.files import FLOW, MOST_BYTES, PREDICTIONS, PROBES
from mnist_exp.runs.untrusted import MB, DamagedError, read_bytes, warn_once

LARGEST_ARRAY = 2_000 * MB  # of one array; of 10,000 images and 10 classes it has 0.2 MB
SUM_TOLERANCE = 0.05  # of a row of float16


def read_predictions(run_dir: Path) -> tuple[np.ndarray, np.ndarray]:
    """The test labels (n,) and the predicted probabilities (n, classes).

    Raises DamagedError, and FileNotFoundError if there are none.
    """
    path = run_dir / PREDICTIONS
    content = read_bytes(path, LARGEST_ARRAY)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), zipfile.ZipFile(io.BytesIO(content)) as archive:
            warnings.simplefilter("ignore")
            labels, probabilities = (_array(archive, f"{name}.npy") for name in ("labels", "probabilities"))
            _check(labels, probabilities)
    except KeyError as error:
        raise DamagedError(path, str(error.args[0])) from error
    except Exception as error:  # a damaged archive can raise any exception
        raise DamagedError(path, f"it holds no predictions ({error})") from error
    return labels, probabilities


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """One array. Its size is checked before it is unpacked."""
    if archive.getinfo(name).file_size > LARGEST_ARRAY:
        raise ValueError(f"{name} is too large")
    content = io.BytesIO(archive.read(name))
    array: np.ndarray = np.lib.format.read_array(content, allow_pickle=False)
    return array


def _check(labels: np.ndarray, probabilities: np.ndarray) -> None:
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or probabilities.dtype.kind != "f":
        raise ValueError("labels must be a list of whole numbers, probabilities of numbers")
    if probabilities.ndim != 2 or len(labels) != len(probabilities) or not probabilities.size:
        raise ValueError(f"{labels.shape} labels and {probabilities.shape} probabilities do not fit")
    if not (labels.min() >= 0 and labels.max() < probabilities.shape[1]):
        raise ValueError("there are labels without a probability")
    sums = probabilities.sum(axis=1, dtype=np.float32)
    if not (probabilities.min() >= 0 and np.abs(sums - 1).max() <= SUM_TOLERANCE):
        raise ValueError("the probabilities of an image are not 0 or more with the sum 1")


def read_probes(run_dir: Path) -> list[dict[str, Any]]:
    """What the probes measured, a row per step and layer; a missing number is None. A damaged file has no rows."""
    return _read_rows(run_dir / PROBES, ("step", "layer"), "probes")


def read_flow(run_dir: Path) -> list[dict[str, Any]]:
    """What theory predicted for each layer; a missing number is None. A damaged file has no rows."""
    return _read_rows(run_dir / FLOW, ("layer", "gradient_norm"), "a predicted flow")


def _read_rows(path: Path, required: Sequence[str], content: str) -> list[dict[str, Any]]:
    try:
        text = read_bytes(path, MOST_BYTES).decode()
        rows = enumerate(csv.DictReader(io.StringIO(text, newline="")), 1)
        return [_numbers(row, number, required, content) for number, row in rows]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except DamagedError as error:
        warn_once(f"{error} · the run counts as one without {content}")
    except (ValueError, csv.Error) as error:
        warn_once(f"{path}: {error} · the run counts as one without {content}")
    return []


def _numbers(row: dict[Any, Any], number: int, required: Sequence[str], content: str) -> dict[str, Any]:
    if None in row or None in row.values() or not all(row.get(column) for column in required):
        raise ValueError(f"row {number} is not one of {content}")
    return {k: v if k == "layer" else float(v) if v else None for k, v in row.items()}
