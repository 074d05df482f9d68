"""Which runs of a sweep have ended before and are reused, and which code computed them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mnist_exp.runs.files import find_reusable, read_records
from mnist_exp.runs.identity import code_digest, without_source
from mnist_exp.runs.record import Record
from mnist_exp.sweeps.outline import count_runs
from mnist_exp.sweeps.plan import Job

SHOWN = 3  # run names in one warning


def reusable_records(sweep_dir: Path, jobs: Sequence[Job], strict: bool) -> dict[str, Record]:
    """The records of the runs that need not be run again, by the name of their directory.

    Args:
        sweep_dir: the sweep's directory.
        jobs: all runs of the sweep.
        strict: reuse only runs that today's code computed.
    """
    found = {job.name: find_reusable(sweep_dir / job.name, job.record.key, strict) for job in jobs}
    return {name: record for name, record in found.items() if record is not None}


def warn_of_other_code(reused: Mapping[str, Record]) -> list[str]:
    """A line for each version of the code, other than today's, that computed reused runs."""
    by_code: dict[str, list[str]] = {}
    for name, record in reused.items():
        if record.code != code_digest():
            by_code.setdefault(_describe_code(record), []).append(name)
    return [
        f"! {_count(len(names))} computed by other code ({code}): {_shorten(names)}. "
        f"sweep.reuse=strict runs {'it' if len(names) == 1 else 'them'} again."
        for code, names in by_code.items()
    ]


def warn_of_changed_source(sweep_dir: Path, jobs: Sequence[Job], reused: Mapping[str, Record]) -> list[str]:
    """A line for each piece of the user's own code or data that has changed since runs of this sweep ended."""
    waiting = {without_source(job.config): job for job in jobs if job.name not in reused}
    if not any(job.config.sources for job in waiting.values()):
        return []
    changed: dict[str, int] = {}
    for record in read_records(sweep_dir):
        job = waiting.get(without_source(record.config))
        if record.status == "ok" and job is not None:
            for name, digest in job.config.sources.items():
                if record.config.sources.get(name) not in (None, digest):
                    changed[name] = changed.get(name, 0) + 1
    return [
        f"! {name} has changed since {count_runs(number)} ended: {'it is' if number == 1 else 'they are'} run again."
        for name, number in changed.items()
    ]


def _describe_code(record: Record) -> str:
    commit = record.versions.get("commit") or "unknown"
    return f"mnist_exp {record.versions.get('mnist_exp')}, commit {commit}, code {record.code or 'unknown'}"


def _count(runs: int) -> str:
    return "1 reused run was" if runs == 1 else f"{runs} reused runs were"


def _shorten(names: Sequence[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
