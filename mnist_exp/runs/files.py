"""How a run is stored: the files of its directory. Each is written completely or not at all."""

import csv
import json
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from mnist_exp.errors import UserError
from mnist_exp.runs.identity import code_digest
from mnist_exp.runs.record import Record

RESULT, PREDICTIONS, CHECKPOINTS = "result.json", "predictions.npz", "checkpoints"
PROBES, FIGURES, CSV_LOGS, LOG = "probes.csv", "figures", "csv", "run.log"
EVENTS = "events.out.tfevents.*"
RESUME = "resume.ckpt"  # in checkpoints/ while a long run trains
PLAYGROUND = "playground.html"  # the classroom page
# What a run writes into its folder, apart from the log, as patterns.
_DRAWN = ("weights", "filters", "maps_*", "confusion", "calibration", "mistakes", "doubtful", "curves", "probes")
_WRITTEN = (
    *(RESULT, PREDICTIONS, PROBES, EVENTS, f"{CHECKPOINTS}/best.ckpt"),
    *(f"{FIGURES}/{name}.png" for name in _DRAWN),
    *(f"{FIGURES}/report.csv", f"{FIGURES}/report.txt"),
    *(f"{CSV_LOGS}/metrics.csv", f"{CSV_LOGS}/hparams.yaml"),
    PLAYGROUND,
)


def write_record(run_dir: Path, record: Record) -> None:
    """Write result.json. Its presence means that the run ended."""
    record.run_dir = run_dir
    write_json(run_dir / RESULT, record.to_dict())


def write_json(path: Path, content: Any) -> None:
    """Write a file completely or not at all; numbers that are not finite become null."""
    write_text(path, json.dumps(_no_nan(content), indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file completely or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _no_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _no_nan(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_no_nan(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_record(run_dir: Path) -> Record | None:
    """The run's record, or None if it has not ended. Raises UserError for a damaged one."""
    try:
        return _parse_record(run_dir / RESULT)
    except FileNotFoundError:
        return None


def read_records(folder: Path) -> list[Record]:
    """The record of every run under a folder, in the order of their paths. Raises UserError for a damaged one."""
    return [_parse_record(path) for path in sorted(folder.rglob(RESULT))]


def _parse_record(path: Path) -> Record:
    try:
        return Record.from_dict(json.loads(path.read_text()), path.parent)
    except FileNotFoundError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OSError, StopIteration) as error:
        reason = f"{type(error).__name__}: {error}"
        raise UserError(f"{path} is damaged ({reason}). Delete that run and run it again.") from error


def find_reusable(run_dir: Path, key: str, strict: bool) -> Record | None:
    """The record of the same run if it ended in this directory and need not be run again.

    A run that failed, rather than diverged, is worth another try. `strict` reuses only what today's code computed.
    """
    record = read_record(run_dir)
    if record is None or record.key != key or record.status == "failed":
        return None
    return None if strict and record.code != code_digest() else record


def write_predictions(run_dir: Path, labels: np.ndarray, probabilities: np.ndarray) -> None:
    """Store the test labels and the predicted probabilities, the latter as float16."""
    partial = run_dir / f".{PREDICTIONS}.{os.getpid()}.npz"
    np.savez_compressed(
        partial,
        labels=labels.astype(np.uint8 if labels.max() < 256 else np.int32),
        probabilities=probabilities.astype(np.float16),
    )
    partial.replace(run_dir / PREDICTIONS)


def read_predictions(run_dir: Path) -> tuple[np.ndarray, np.ndarray]:
    """The test labels and the predicted probabilities."""
    with np.load(run_dir / PREDICTIONS, allow_pickle=False) as stored:
        return stored["labels"], stored["probabilities"]


def write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write a table completely or not at all. A table without rows has no columns and is not written."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
        writer.writeheader()
        writer.writerows(rows)
    partial.replace(path)


def write_probes(run_dir: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write what the probes measured, a row per step and layer."""
    write_csv(run_dir / PROBES, rows)


def read_probes(run_dir: Path) -> list[dict[str, Any]]:
    """What the probes measured, a row per step and layer; a missing number is None."""
    if not (run_dir / PROBES).is_file():
        return []
    with (run_dir / PROBES).open(newline="") as file:
        return [
            {k: v if k == "layer" else float(v) if v else None for k, v in row.items()} for row in csv.DictReader(file)
        ]


def checkpoint_path(run_dir: Path) -> Path:
    """The path of the run's only checkpoint: best on validation, or the last epoch without a validation set."""
    return run_dir / CHECKPOINTS / "best.ckpt"


def resume_path(run_dir: Path) -> Path:
    """The path of the state from which a run that was interrupted continues."""
    return run_dir / CHECKPOINTS / RESUME


def partial_resume_path(run_dir: Path) -> Path:
    """Where this process writes that state, until it is complete."""
    return run_dir / CHECKPOINTS / f".{RESUME}.{os.getpid()}"


def remove_resume(run_dir: Path) -> None:
    """Remove that state, also what a process that was killed wrote of it."""
    resume_path(run_dir).unlink(missing_ok=True)
    for path in (run_dir / CHECKPOINTS).glob(f".{RESUME}.*"):
        path.unlink(missing_ok=True)


def existing_checkpoint(run_dir: Path) -> Path:
    """The path of the run's checkpoint. Raises UserError if there is none."""
    path = checkpoint_path(run_dir)
    if not path.is_file():
        raise UserError(f"{run_dir} holds no checkpoint; a finished run has {CHECKPOINTS}/{path.name}.")
    return path


def remove_result(run_dir: Path) -> None:
    """Remove a result that no longer counts, before the run starts again."""
    (run_dir / RESULT).unlink(missing_ok=True)


def refuse_file(folder: Path) -> None:
    """Raise UserError if a folder that runs are to be written to, or one above it, is a file."""
    if found := next((path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()), None):
        raise UserError(f"{found} is a file: runs need a folder.")


def check_run_dir(run_dir: Path) -> None:
    """Refuse to write a run among other files: it would replace those of the same names.

    Raises:
        UserError: the folder has files, but neither a finished nor an unfinished run.
    """
    refuse_file(run_dir)
    has_run = (run_dir / RESULT).exists() or (run_dir / LOG).exists()
    others = [path for path in run_dir.iterdir() if path.name != ".hydra"] if run_dir.is_dir() else []
    if others and not has_run:
        raise UserError(f"{run_dir} has files, but no run: choose a new or an empty folder.")


def clear_run_dir(run_dir: Path) -> None:
    """Remove what an earlier run wrote into a directory that is used again. Other files stay, and resume.ckpt."""
    for pattern in _WRITTEN:
        for path in run_dir.glob(pattern):
            path.unlink(missing_ok=True)
    for folder in (CHECKPOINTS, FIGURES, CSV_LOGS):
        with suppress(OSError):  # it does not exist, or holds files of the user
            (run_dir / folder).rmdir()
