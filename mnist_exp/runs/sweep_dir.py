"""Folders of many runs: what is planned in them, what there is to study, and who holds them."""

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mnist_exp.runs.files import RESULT, read_all, write_json
from mnist_exp.runs.identity import run_name
from mnist_exp.runs.record import Record

PLAN = "plan.json"  # of a sweep: the runs it is to have


def write_plan(sweep_dir: Path, records: Sequence[Record]) -> None:
    write_json(sweep_dir / PLAN, [record.to_dict() for record in records])


def read_missing(sweep_dir: Path) -> list[Record]:
    """What the sweeps under a directory planned last and no run has ended of, as blank results."""
    planned = [(path.parent, r) for path in sorted(sweep_dir.rglob(PLAN)) for r in json.loads(path.read_text())]
    records = [Record.from_dict(values, folder) for folder, values in planned]
    for record in records:
        record.run_dir = record.run_dir / run_name(record.config)
    return [record for record in records if not (record.run_dir / RESULT).exists()]


def study_of(folders: Sequence[Path]) -> list[Record]:
    """Everything there is to study in some folders: each run once, by the better record of it, and what is missing."""
    found = [result for folder in folders for result in (*read_missing(folder), *read_all(folder))]
    ranked = sorted(found, key=lambda r: ("missing", "failed", "diverged", "ok").index(r["status"]))
    return sorted({r["key"]: r for r in ranked}.values(), key=lambda r: r["run_dir"])


@contextmanager
def locked(folder: Path, wait: bool = False) -> Iterator[bool]:
    """Hold a folder if nobody else does, or once nobody does; the system lets go when the process ends, however."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
