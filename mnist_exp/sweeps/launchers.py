"""Handing runs to Hydra's launchers, as many at once as the cores of this machine can serve."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from hydra.plugins.launcher import Launcher

from mnist_exp.sweeps.plan import Job
from mnist_exp.training.runtime import usable_cores


def launch(jobs: Sequence[Job], sweep_dir: Path, launcher: Launcher) -> list[Exception]:
    """Run them all; what launchers met with, which costs the runs of their portion and no others."""
    # Where each run lands is said outright: a worker elsewhere must not work it out anew. What goes wrong in a run
    # is told by the sweep, which reads its record, and its epochs are for its own log.
    here = [f"hydra.sweep.dir={quoted(str(sweep_dir.resolve()))}", "hydra.job_logging.handlers.console.level=CRITICAL"]
    begun, met = 0, []
    with _submitit_told(launcher, sweep_dir):
        for batch in batches(jobs, launcher):
            typed = [[*job.overrides, *here, f"hydra.sweep.subdir={job.name}"] for job in batch]
            try:
                launcher.launch(typed, initial_job_idx=begun)
            except Exception as error:  # it lost a worker, say
                met.append(error)
            begun += len(batch)
    return met


def batches(jobs: Sequence[Job], launcher: Any) -> Iterator[Sequence[Job]]:
    """The runs in the portions that the launcher is to get, one after another.

    A launcher that fills cores gets runs of one number of threads at a time, and is told how many have room, unless
    its configuration says so. What runs them one by one, or in a queue with its own room, gets them all.
    """
    kind = type(launcher).__name__
    if kind not in ("JoblibLauncher", "LocalLauncher", "RayLauncher"):
        yield from [jobs] if jobs else []
        return
    for threads, alike in groupby(sorted(jobs, key=lambda job: job.threads), key=lambda job: job.threads):
        at_once, portion = max(1, usable_cores() // threads), list(alike)
        if kind == "LocalLauncher":  # submitit's would start them all at once
            yield from (portion[i : i + at_once] for i in range(0, len(portion), at_once))
            continue
        settings, name, room = (
            (launcher.joblib, "n_jobs", at_once) if kind == "JoblibLauncher" else (vars(launcher), "num_cpus", threads)
        )
        asked = settings[name]
        settings[name] = room if asked in (None, -1) else asked  # -1 is joblib's own default: all cores
        yield portion
        settings[name] = asked


@contextmanager
def _submitit_told(launcher: Any, sweep_dir: Path) -> Iterator[None]:
    """Make submitit write into the sweep's folder, and wait for all runs when one has died, not leave the others."""
    if type(launcher).__name__ not in ("LocalLauncher", "SlurmLauncher"):
        yield
        return
    from submitit import Job as Submitted
    from submitit.core.utils import UncompletedJobError

    launcher.params["submitit_folder"] = str(sweep_dir / ".submitit" / "%j")
    wait_for = Submitted.results

    def results(submitted: Any) -> list:
        try:
            return wait_for(submitted)
        except UncompletedJobError as death:  # its run has no record: the sweep says so
            return [death]

    Submitted.results = results  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Submitted.results = wait_for  # type: ignore[method-assign]


def quoted(text: str) -> str:
    """Any text as a value in Hydra's grammar."""
    return "'" + text.replace("\\'", "\\\\'").replace("'", "\\'") + "'"
