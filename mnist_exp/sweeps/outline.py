"""The plan of a sweep as text, with how long each run is expected to take."""

from collections.abc import Callable, Sequence

from mnist_exp.config.schema import Config
from mnist_exp.sweeps.plan import Job


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def outline(jobs: Sequence[Job], done: Sequence[bool], seconds: Callable[[Config], float | None]) -> str:
    """The plan as text: a line for each run, how long each is expected to take, and the sum."""
    lasting = [None if is_done else seconds(job.config) for job, is_done in zip(jobs, done, strict=True)]
    lines = [
        f"{' '.join(job.overrides)} · {'done' if is_done else '?' if s is None else duration(s)}"
        for job, s, is_done in zip(jobs, lasting, done, strict=True)
    ]
    unknown = sum(s is None for s in lasting) - sum(done)
    left = sum(s or 0 for s in lasting)
    besides = f", besides {unknown} that cannot be timed on this machine" if unknown else ""
    count = f"{len(jobs)} runs, {sum(done)} of them done" if any(done) else f"{len(jobs)} runs"
    return "\n".join(
        [
            *lines,
            "",
            f"{count}: about {duration(left)} one after another, by some steps of each network timed here{besides}",
        ]
    )
