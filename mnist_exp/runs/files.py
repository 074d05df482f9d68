"""How a run is stored: the files of its directory. Each is written completely or not at all."""

import csv
import io
import json
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from mnist_exp.atomic_files import PARTIAL, write_bytes, write_text
from mnist_exp.errors import UserError
from mnist_exp.runs.identity import code_digest
from mnist_exp.runs.record import STATUSES, Record
from mnist_exp.runs.record_checks import check_record
from mnist_exp.runs.typed_values import shown
from mnist_exp.runs.untrusted import (
    MB,
    DamagedError,
    read_json,
    set_aside,
    set_aside_unless_folder,
    set_aside_unless_regular,
    warn_once,
)

RESULT, PREDICTIONS, CHECKPOINTS = "result.json", "predictions.npz", "checkpoints"
PROBES, FLOW, FIGURES, CSV_LOGS, LOG, HYDRA = "probes.csv", "flow.csv", "figures", "csv", "run.log", ".hydra"
SHAPES = "shapes.csv"
HYDRA_FILES = ("config.yaml", "hydra.yaml", "overrides.yaml")
EVENTS = "events.out.tfevents.*"
RESUME = "resume.ckpt"  # in checkpoints/ while a long run trains
MOST_BYTES = 50 * MB  # of a file that is read whole; a record has some 20 kB
PLAYGROUND = "playground.html"  # the classroom page
# What a run writes into its folder, apart from the log, as patterns.
_DRAWN = (
    *("weights", "filters", "maps_*", "confusion", "calibration", "mistakes", "doubtful", "curves", "probes"),
    "learned",
)
_WRITTEN = (
    *(PREDICTIONS, PROBES, FLOW, SHAPES, EVENTS, f"{CHECKPOINTS}/best.ckpt", f"**/.*{PARTIAL}"),
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


def _no_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _no_nan(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_no_nan(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_record(run_dir: Path) -> Record | None:
    """The run's record, or None if it has not ended. A damaged record is named, and counts as missing."""
    path = run_dir / RESULT
    try:
        return record_from(read_json(path, MOST_BYTES), path)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        warn_once(f"{run_dir}: it is a file, not a folder · the run counts as missing")
    except DamagedError as error:
        warn_once(f"{error} · the run counts as missing")
    return None


def read_records(folder: Path) -> list[Record]:
    """The record of every run under a folder, in the order of their paths. A damaged record is named and left out."""
    found = (read_record(path.parent) for path in sorted(folder.rglob(RESULT)))
    return [record for record in found if record is not None]


def record_from(values: Any, path: Path, statuses: Sequence[str] = STATUSES) -> Record:
    """The record that a file holds as plain values. Raises DamagedError, in one line, for anything else."""
    try:
        if not isinstance(values, dict):
            raise ValueError(f"it holds {shown(values)}, not a record")
        record = Record.from_dict(values, path.parent)
        check_record(record, statuses)
    except KeyError as error:
        raise DamagedError(path, f"{error.args[0]} is missing") from error
    except (ValueError, UserError) as error:
        raise DamagedError(path, str(error)) from error
    except Exception as error:  # a configuration of another form can raise any exception
        raise DamagedError(path, f"config is not a configuration ({type(error).__name__}: {error})") from error
    return record


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
    content = io.BytesIO()
    np.savez_compressed(
        content,
        labels=labels.astype(np.uint8 if labels.max() < 256 else np.int32),
        probabilities=probabilities.astype(np.float16),
    )
    write_bytes(run_dir / PREDICTIONS, content.getbuffer())


def write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write a table completely or not at all. A table without rows has no columns and is not written."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(column for row in rows for column in row)))
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def write_probes(run_dir: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write what the probes measured, a row per step and layer."""
    write_csv(run_dir / PROBES, rows)


def write_flow(run_dir: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write what theory predicts for the network before its training, a row per layer."""
    write_csv(run_dir / FLOW, rows)


def checkpoint_path(run_dir: Path) -> Path:
    """The path of the run's only checkpoint: best on validation, or the last epoch without a validation set."""
    return run_dir / CHECKPOINTS / "best.ckpt"


def resume_path(run_dir: Path) -> Path:
    """The path of the state from which a run that was interrupted continues."""
    return run_dir / CHECKPOINTS / RESUME


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
    """Remove a result that no longer counts, before the run starts again. One that cannot be read is kept aside."""
    path = run_dir / RESULT
    if read_record(run_dir) is not None:
        path.unlink()
    elif os.path.lexists(path):
        set_aside(path)


def make_room(run_dir: Path) -> None:
    """Set aside what stands where a run writes a file or folder of another kind."""
    set_aside_unless_folder(run_dir)
    if run_dir.is_dir():
        for name in (CHECKPOINTS, FIGURES, CSV_LOGS, HYDRA):
            set_aside_unless_folder(run_dir / name)
        for name in (PREDICTIONS, PROBES, FLOW, SHAPES, LOG):
            set_aside_unless_regular(run_dir / name)


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
    make_room(run_dir)
    remove_result(run_dir)
    for pattern in _WRITTEN:
        for path in run_dir.glob(pattern):
            set_aside_unless_regular(path)
            path.unlink(missing_ok=True)
    for folder in (CHECKPOINTS, FIGURES, CSV_LOGS):
        with suppress(OSError):  # it does not exist, or holds files of the user
            (run_dir / folder).rmdir()


def remove_unfinished(run_dir: Path) -> None:
    """Remove all that a run has written that cannot go on; its folder too, unless it holds other files.

    Of a run that can continue only what is incomplete is removed.
    """
    if resume_path(run_dir).exists():
        for path in run_dir.rglob(f".*{PARTIAL}"):
            path.unlink(missing_ok=True)
        return
    with suppress(OSError):
        clear_run_dir(run_dir)
    for path in (run_dir / LOG, *(run_dir / HYDRA / name for name in HYDRA_FILES)):
        with suppress(OSError):
            path.unlink()
    for folder in (run_dir / HYDRA, run_dir):
        with suppress(OSError):
            folder.rmdir()
