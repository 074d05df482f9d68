"""Passing runs to Hydra's launchers, as many at once as fit on the cores of this machine."""

import os
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

from hydra.plugins.launcher import Launcher

from mnist_exp import signals
from mnist_exp.runtime import usable_cores
from mnist_exp.sweeps import submitit_jobs, worker_process
from mnist_exp.sweeps.plan import Job

ALL_CORES = (None, -1)  # values of joblib's n_jobs
QUEUED = 8  # runs at once in a queue, which does not say how many it will start


class Adapter:
    """What is special about a kind of launcher; this one has a queue of its own, or is unknown."""

    one_at_a_time: ClassVar[bool] = False  # only then can a run draw a progress bar

    def __init__(self, launcher: Any, sweep_dir: Path) -> None:
        self.launcher, self.sweep_dir = launcher, sweep_dir

    def at_once(self, threads: int) -> int:
        """How many runs of so many threads go on at once."""
        return QUEUED

    def batches(self, jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
        """The runs in the groups that the launcher gets, one group after another."""
        if jobs:
            yield jobs

    def launch(self, overrides: Sequence[Sequence[str]], first: int) -> list[Exception]:
        """Run a group and wait for it; returns what went wrong, which costs the runs of this group only."""
        try:
            self.launcher.launch(overrides, initial_job_idx=first)
        except Exception as error:  # a worker died, for example
            return [error]
        return []

    def kill_workers(self) -> None:
        """After Ctrl-C: end the processes in which runs go on. A queue goes on with them."""


class Basic(Adapter):
    """Hydra's default: one run after another, in this process."""

    one_at_a_time = True

    def at_once(self, threads: int) -> int:
        """One."""
        return 1


class Joblib(Adapter):
    """Fills the cores: `n_jobs` says how many runs go on at once."""

    def at_once(self, threads: int) -> int:
        """As many as the user says, or as fit."""
        typed: int | None = self.launcher.joblib["n_jobs"]
        return _that_fit(threads) if typed in ALL_CORES else typed

    def batches(self, jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
        for threads, batch in _by_threads(jobs):
            with _filled_in(self.launcher.joblib, "n_jobs", _that_fit(threads), unset=ALL_CORES):
                yield batch

    def launch(self, overrides: Sequence[Sequence[str]], first: int) -> list[Exception]:
        """Run a group in processes that end with this one."""
        self.launcher.joblib |= {"initializer": worker_process.start_in_loky, "initargs": (os.getpid(),)}
        self._start_workers()
        return super().launch(overrides, first)

    def _start_workers(self) -> None:
        """Ctrl-C would otherwise print a traceback for each worker that is starting. The launcher finds these."""
        from multiprocessing import resource_tracker

        from joblib import Parallel, delayed
        from joblib.externals.loky.backend import resource_tracker as loky_tracker

        with signals.kept_from_children():
            for tracker in (resource_tracker, loky_tracker):
                tracker.ensure_running()  # this lets SIGINT through again
        with signals.kept_from_children():
            Parallel(**(self.launcher.joblib | {"backend": "loky", "verbose": 0}))([delayed(os.getpid)()])

    def kill_workers(self) -> None:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)
        # It does not know of workers that were just being started. The tracker removes semaphores at the end.
        signals.kill(signals.descendants(), spared="resource_tracker")


class Ray(Adapter):
    """Fills a cluster: `num_cpus` says how many cores a run takes."""

    def batches(self, jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
        for threads, batch in _by_threads(jobs):
            with _filled_in(vars(self.launcher), "num_cpus", threads, unset=(None,)):
                yield batch

    def kill_workers(self) -> None:
        workers = signals.descendants()
        self.launcher.shutdown()
        signals.kill(workers)  # they would notice by themselves, but later


class SubmititQueue(Adapter):
    """Submits a group as one job array."""

    def launch(self, overrides: Sequence[Sequence[str]], first: int) -> list[Exception]:
        """As the plugin's own launch, which stops waiting for a group when one of its runs has died."""
        return submitit_jobs.run(self._run(), self.launcher, self.sweep_dir, overrides, first)

    def _run(self) -> Callable[..., Any]:
        """What a job calls with the overrides of a run."""
        run: Callable[..., Any] = self.launcher
        return run


class SubmititLocal(SubmititQueue):
    """Would start a whole group at once, whatever the number of cores."""

    def at_once(self, threads: int) -> int:
        """As many as fit."""
        return _that_fit(threads)

    def batches(self, jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
        for threads, alike in _by_threads(jobs):
            size = _that_fit(threads)
            yield from (alike[start : start + size] for start in range(0, len(alike), size))

    def _run(self) -> Callable[..., Any]:
        """A process that ends with this one calls it."""
        return submitit_jobs.Following(os.getpid(), self.launcher)

    def kill_workers(self) -> None:
        signals.kill(signals.descendants())


# By the name of the launcher's class, so that the packages of the others need not be installed.
ADAPTERS: dict[str, type[Adapter]] = {
    "BasicLauncher": Basic,
    "JoblibLauncher": Joblib,
    "RayLauncher": Ray,
    "LocalLauncher": SubmititLocal,
    "SlurmLauncher": SubmititQueue,
}


def adapter(launcher: Launcher, sweep_dir: Path) -> Adapter:
    """The adapter of a launcher; an unknown one gets all runs at once."""
    return ADAPTERS.get(type(launcher).__name__, Adapter)(launcher, sweep_dir)


def runs_one_at_a_time(target: str) -> bool:
    """Whether a launcher, given as the `_target_` of its configuration, never has two runs in progress."""
    return ADAPTERS.get(target.rpartition(".")[2], Adapter).one_at_a_time


def runs_at_once(jobs: Sequence[Job], sweep_dir: Path, launcher: Launcher) -> int:
    """How many runs of a sweep go on at once, with the kind of run of which most do."""
    adapted = adapter(launcher, sweep_dir)
    return max(adapted.at_once(threads) for threads in {job.threads for job in jobs})


def launch(jobs: Sequence[Job], sweep_dir: Path, launcher: Launcher) -> list[Exception]:
    """Run all runs of a sweep and wait for them.

    Returns:
        What went wrong in the launcher. What goes wrong in a run is in its record instead.
    """
    # Every worker gets the directory, so that none computes another; a run's epochs are in its own log only.
    shared = [
        f"hydra.sweep.dir={quoted(str(sweep_dir.resolve()))}",
        "hydra.job_logging.handlers.console.level=CRITICAL",
    ]
    adapted, first = adapter(launcher, sweep_dir), 0
    errors: list[Exception] = []
    for batch in adapted.batches(jobs):
        overrides = [[*job.overrides, *shared, f"hydra.sweep.subdir={job.name}"] for job in batch]
        with signals.handlers_restored():
            try:
                errors += adapted.launch(overrides, first)
                signals.raise_lost_interrupt()
            except KeyboardInterrupt:
                adapted.kill_workers()
                raise
        first += len(batch)
    return errors


def _by_threads(jobs: Sequence[Job]) -> Iterator[tuple[int, Sequence[Job]]]:
    """The runs in groups with the same number of threads."""
    ordered = sorted(jobs, key=lambda job: job.threads)
    return ((threads, list(alike)) for threads, alike in groupby(ordered, key=lambda job: job.threads))


def _that_fit(threads: int) -> int:
    """How many runs with that many threads each fit on the cores."""
    return max(1, usable_cores() // threads)


@contextmanager
def _filled_in(
    settings: MutableMapping[str, Any], name: str, value: int, unset: tuple[int | None, ...]
) -> Iterator[None]:
    """Fill in a launcher's setting while the context lasts, unless the user has set it."""
    before = settings[name]
    settings[name] = value if before in unset else before
    try:
        yield
    finally:
        settings[name] = before


def quoted(text: str) -> str:
    """Any text as a value in Hydra's grammar."""
    return "'" + text.replace("\\'", "\\\\'").replace("'", "\\'") + "'"
