"""The plan of a sweep as text, with how long each run is expected to take."""

from collections.abc import Callable, Sequence

from mnist_exp.config.schema import Config
from mnist_exp.errors import counted
from mnist_exp.sweeps.plan import Job


def duration(seconds: float) -> str:
    """14 s, 2 min or 1.5 h"""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def count_runs(number: int) -> str:
    """1 run or 3 runs"""
    return counted(number, "run")


def outline(
    jobs: Sequence[Job],
    finished: Sequence[bool],
    estimate: Callable[[Config], float | None],
    at_once: Callable[[int], int] = lambda _: 1,
    start_up: float = 0.0,
) -> str:
    """The plan as text: a line for each run with its expected duration, and the sum.

    Args:
        jobs: the runs of the sweep.
        finished: whether each of them has ended before and is reused.
        estimate: the seconds that a run will take, or None if it cannot be timed on this machine.
        at_once: how many runs of so many threads go on at once.
        start_up: seconds before the first run.
    """
    seconds = [None if done else estimate(job.config) for job, done in zip(jobs, finished, strict=True)]
    expected = [
        "done" if done else "?" if s is None else duration(s) for s, done in zip(seconds, finished, strict=True)
    ]
    lines = [f"{' '.join(job.overrides)} · {text}" for job, text in zip(jobs, expected, strict=True)]
    parallel = [at_once(job.threads) for job in jobs]
    left = start_up + sum((s or 0) / number for s, number in zip(seconds, parallel, strict=True))
    unknown = seconds.count(None) - sum(finished)
    return "\n".join([*lines, "", _total(len(jobs), sum(finished), left, max(parallel), unknown)])


def _total(runs: int, finished: int, left: float, at_once: int, unknown: int) -> str:
    count = f"{count_runs(runs)} ({finished} done)" if finished else count_runs(runs)
    how = "one after another" if at_once == 1 else f"with up to {at_once} at once"
    text = f"{count}: about {duration(left)} {how}, estimated from earlier runs here or by timing a few steps"
    return f"{text}; {unknown} more cannot be timed on this machine" if unknown else text
