"""Sweep directories: the planned runs, the records to study, and the lock that keeps two sweeps apart."""

import fcntl
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mnist_exp.config.schema import StudyConfig
from mnist_exp.errors import counted
from mnist_exp.runs.files import read_record, read_records, record_from, write_json
from mnist_exp.runs.identity import key
from mnist_exp.runs.record import Record
from mnist_exp.runs.typed_values import shown
from mnist_exp.runs.untrusted import MB, DamagedError, read_json, set_aside_unless_regular, warn_once

PLAN = "plan.json"  # the runs that a sweep is to have
LOOKS = "looks.json"  # when the results of a sweep with sweep.until=decided are looked at
MOST_BYTES = 500 * MB  # of a plan; a run has 5 kB
WORST_TO_BEST = ("missing", "failed", "diverged", "ok")
log = logging.getLogger(__name__)


def write_plan(sweep_dir: Path, records: Sequence[Record]) -> None:
    """Write the records of all runs as they are before they start."""
    write_json(sweep_dir / PLAN, [record.to_dict() for record in records])


def read_missing(folder: Path) -> list[Record]:
    """The runs that the sweeps under a folder planned last and that have not ended."""
    return _missing(folder, read_records(folder))


def _missing(folder: Path, ended: Sequence[Record]) -> list[Record]:
    run_dirs = {record.run_dir for record in ended}
    planned = [record for path in sorted(folder.rglob(PLAN)) for record in _read_plan(path)]
    return [one for one in planned if one.run_dir not in run_dirs and read_record(one.run_dir) is None]


def study_config(folders: Sequence[Path], records: Sequence[Record]) -> StudyConfig:
    """How the runs of some folders are compared: as the sweep that was planned last says, or else the newest run."""
    plans = [path for folder in folders for path in folder.rglob(PLAN)]
    newest_first = sorted(plans, key=lambda path: path.lstat().st_mtime, reverse=True)
    planned = next(filter(None, map(_read_plan, newest_first)), [])
    return (planned or [max(records, key=lambda record: record.started)])[0].config.study


def _read_plan(path: Path) -> list[Record]:
    """The runs of a plan. One that is damaged is named, and counts as missing."""
    try:
        values = read_json(path, MOST_BYTES)
        if not isinstance(values, list):
            raise DamagedError(path, f"it holds {shown(values)}, not a list of runs")
        records = [record_from(one, path, ("missing",)) for one in values]
    except FileNotFoundError:
        return []
    except DamagedError as error:
        warn_once(f"{error} · the plan counts as missing")
        return []
    for record in records:
        record.run_dir = path.parent / record.run_name
    return records


def records_to_study(folders: Sequence[Path]) -> list[Record]:
    """All runs of some folders, also those that are missing, each once: the copy that got furthest, or the newest.

    Runs are the same if their settings are, whatever key an earlier version gave them. Of code of the user's that has
    changed, only the runs of its latest version are studied.
    """
    found: list[Record] = []
    for folder in folders:
        ended = read_records(folder)
        found += [*_missing(folder, ended), *ended]
    ranked = sorted(_of_newest_source(found), key=lambda record: (WORST_TO_BEST.index(record.status), record.started))
    return sorted({key(record.config): record for record in ranked}.values(), key=lambda record: str(record.run_dir))


def _of_newest_source(records: Sequence[Record]) -> Sequence[Record]:
    """Without the runs of earlier versions of the user's own code or data, which a warning names.

    One version counts for the whole study: runs of two versions, or on two versions of the data, are not compared.
    """
    newest: dict[str, str] = {}
    for record in sorted(records, key=lambda record: record.started):
        newest |= record.config.sources
    left_out: dict[str, int] = {}
    kept: list[Record] = []
    for record in records:
        older = [name for name, digest in record.config.sources.items() if newest[name] != digest]
        if not older:
            kept.append(record)
        for name in older if record.status != "missing" else ():
            left_out[name] = left_out.get(name, 0) + 1
    for name, number in left_out.items():
        runs = counted(number, "run")
        log.warning("! left out: %s of an earlier version of %s", runs, name)
    return kept


def no_space_mark(sweep_dir: Path) -> Path:
    """A file in a sweep's folder while it is running: a run found the disk full, and no other run begins."""
    return sweep_dir / ".no_space"


@contextmanager
def locked(folder: Path, wait: bool = False) -> Iterator[bool]:
    """Lock a folder while the context lasts; the system releases the lock when the process ends.

    Args:
        folder: the folder to lock.
        wait: wait until no other process has the lock.

    Yields:
        Whether this process has the lock.
    """
    path = folder / ".lock"
    set_aside_unless_regular(path)
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666), "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
