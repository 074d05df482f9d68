"""Whether a run that was interrupted can continue, and from where."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import lightning.pytorch as pl
import torch
from lightning.pytorch.loggers import Logger

from mnist_exp.errors import UserError
from mnist_exp.runs.checkpoints import check_archive
from mnist_exp.runs.files import clear_run_dir, remove_resume, resume_path
from mnist_exp.runs.record import Record
from mnist_exp.training.logger_files import Lengths, cut_back

OURS = "mnist_exp"  # the key of what is added to Lightning's checkpoint
NOT_MEASURED = ("figures", "projector")  # diagnostics that are drawn after training
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResumePoint:
    """What a run needs to know before it continues.

    `seconds` is how long the run had taken, `lengths` how long the loggers' files were.
    """

    epoch: int
    seconds: float
    lengths: Lengths


def identity(record: Record, parts: Sequence[object], run_dir: Path) -> dict[str, str]:
    """What must be the same when a run continues, by what messages say if it is not.

    Args:
        record: the run's, with device, precision and threads.
        parts: the user's callbacks and loggers.
        run_dir: where the run is written.
    """
    measured = {name: v for name, v in asdict(record.config.diagnostics).items() if name not in NOT_MEASURED}
    return {
        "other settings": record.key,
        "other code of mnist_exp": str(record.code),
        "another version of PyTorch": str(record.versions["torch"]),
        "another version of Lightning": str(record.versions["lightning"]),
        "another device": str(record.device),
        "another precision": str(record.precision),
        "another number of threads": str(record.threads),
        "other diagnostics": json.dumps(measured),
        "other callbacks or loggers": ", ".join(f"{type(part).__module__}.{type(part).__qualname__}" for part in parts),
        "another directory": str(run_dir.resolve()),
    }


def find_resume_point(run_dir: Path, expected: dict[str, str]) -> ResumePoint | None:
    """Where the run in this directory can continue; None if it begins anew.

    A stored state that cannot be used is named in the log and removed. It may come from anywhere: no code in it runs.
    """
    path = resume_path(run_dir)
    if not path.exists():
        return None
    try:
        return _read(path, expected)
    except UserError as error:
        log.warning("%s cannot be used: %s. The run begins anew.", path.name, error)
        remove_resume(run_dir)
        return None


def _read(path: Path, expected: dict[str, str]) -> ResumePoint:
    check_archive(path)
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can raise any exception
        raise UserError(_why_not_loaded(error)) from error
    try:
        ours = stored[OURS]
        other = [name for name, value in expected.items() if ours["identity"][name] != value]
        found = ResumePoint(int(stored["epoch"]), float(ours["seconds"]), dict(ours["lengths"]))
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise UserError("it was not written by this version of mnist_exp") from error
    if other:
        raise UserError(f"it was stored with {other[0]}")
    return found


def _why_not_loaded(error: Exception) -> str:
    """PyTorch's message has several lines; one of them names the class that it did not load."""
    for word, following in zip(words := str(error).split(), words[1:], strict=False):
        if word == "GLOBAL":
            return f"it holds an object of {following}, perhaps of a callback, and only plain values are loaded"
    return "it is damaged, or holds more than plain values"


def begin_or_continue(
    run_dir: Path, record: Record, expected: dict[str, str], callbacks: Sequence[pl.Callback], loggers: Sequence[Logger]
) -> ResumePoint | None:
    """Prepare the directory for a run that begins, or for one that continues; returns where the latter continues."""
    point = find_resume_point(run_dir, expected)
    if point is None:
        clear_run_dir(run_dir)
        return None
    record.total_seconds = point.seconds
    cut_back(run_dir, loggers, point.lengths)
    log.info("continues after epoch %d of %d", point.epoch, record.config.trainer.max_epochs)
    _warn_of_lost_state(callbacks)
    return point


def _warn_of_lost_state(callbacks: Sequence[pl.Callback]) -> None:
    """Name the user's own callbacks that store no state, when a run continues."""
    base = pl.Callback
    for callback in callbacks:
        kind = type(callback)
        own = not kind.__module__.startswith(("lightning.", "mnist_exp."))
        if own and (kind.state_dict, kind.on_save_checkpoint) == (base.state_dict, base.on_save_checkpoint):
            log.warning("%s has no state_dict: what it kept before is lost.", kind.__name__)
