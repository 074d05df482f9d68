"""Many runs: plan them all, refuse what cannot work before any training, run, and end in a table."""

import fcntl
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig, OmegaConf

from mnist_exp.config import check, plain
from mnist_exp.errors import UserError, explain
from mnist_exp.preflight import settle
from mnist_exp.record import Result, clear, key, read, read_all, run_name
from mnist_exp.watch import Watch, tell


@dataclass(frozen=True)
class Job:
    """One run of a sweep: what to type for it, the directory it gets, and the key its result will have."""

    overrides: tuple[str, ...]
    name: str
    key: str


def sweep(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader, launcher: Launcher) -> list[Result]:
    """Plan, run what has not been run yet, and conclude; the results of all runs."""
    began = time.perf_counter()
    jobs, name = plan(arguments, config, loader)
    sweep_dir = Path(config.hydra.sweep.dir) if name is None else Path("multirun", name)
    sweep_dir.mkdir(parents=True, exist_ok=True)
    with alone_in(sweep_dir):
        OmegaConf.save(config, sweep_dir / "multirun.yaml")
        todo = [job for job in jobs if not is_done(sweep_dir, job)]
        reused = f" ({len(jobs) - len(todo)} of them reused)" if len(todo) < len(jobs) else ""
        print(f"{len(jobs)} runs{reused} → {sweep_dir}", flush=True)
        try:
            with Watch([sweep_dir / job.name for job in todo], len(jobs) - len(todo), tell):
                launch(todo, sweep_dir, launcher)
        except KeyboardInterrupt:
            report(sweep_dir, jobs, time.perf_counter() - began)
            raise
        except Exception as error:  # a launcher lost a worker, say: its run is missing, the others count
            print(f"! {explain(error)}", file=sys.stderr)
        return conclude(sweep_dir, jobs, time.perf_counter() - began)


@contextmanager
def alone_in(sweep_dir: Path) -> Iterator[None]:
    """Hold the sweep's directory; the system lets go of it when the process ends, however it ends."""
    with (sweep_dir / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"{sweep_dir} is being worked on by another sweep: wait for it, or name another."
            ) from error
        yield


def is_done(sweep_dir: Path, job: Job) -> bool:
    """Whether the very same run has ended there; one that failed, rather than diverged, is worth another try."""
    result = read(sweep_dir / job.name)
    return result is not None and result["key"] == job.key and result["status"] != "failed"


def launch(jobs: Sequence[Job], sweep_dir: Path, launcher: Launcher) -> None:
    """Hand the runs to Hydra's launcher, each with a directory free of what an unfinished attempt left."""
    if not jobs:
        return
    for job in jobs:
        clear(sweep_dir / job.name)
    # Where each run lands is said outright: a worker elsewhere must not work it out anew. Its epochs are for its
    # own log: here there is a line for each run.
    here = [f"hydra.sweep.dir={quoted(str(sweep_dir.resolve()))}", "hydra.job_logging.handlers.console.level=WARNING"]
    launcher.launch([[*j.overrides, *here, f"hydra.sweep.subdir={j.name}"] for j in jobs], initial_job_idx=0)


def quoted(text: str) -> str:
    """Any text as a value in Hydra's grammar."""
    return "'" + text.replace("\\'", "\\\\'").replace("'", "\\'") + "'"


def plan(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader) -> tuple[list[Job], str | None]:
    """Every run of the sweep, composed and checked, once each however often it is named; and the sweep's name."""

    def compose(overrides: list[str]) -> DictConfig:
        return loader.load_sweep_config(config, overrides)

    composed = [(compose(overrides), overrides) for overrides in grid(arguments, loader, compose)]
    for one, _ in composed:
        check(one)  # all of them, before the first may start a download
    names = {one.sweep.name for one, _ in composed}
    if len(names) != 1:
        raise UserError(
            "This sweep has no runs: one of its axes is empty." if not names else "A sweep has one sweep.name."
        )
    jobs: dict[str, Job] = {}
    for one, overrides in composed:
        settled, typed = settle(one, overrides, compose)
        described = plain(settled)
        job = Job(tuple(o for o in typed if not o.startswith("sweep")), run_name(described), key(described))
        jobs.setdefault(job.name, job)
    return list(jobs.values()), names.pop()


def grid(arguments: Sequence[str], loader: ConfigLoader, compose: Callable[[list[str]], DictConfig]) -> list[list[str]]:
    """The overrides of each run: the product of all axes, the last one varying fastest.

    The axes of sweep=<file> come first; those typed as well are as typed.
    """
    chosen = [argument for argument in arguments if argument.startswith("sweep=")]
    named = compose(chosen).sweep.axes if chosen else {}
    axes: dict[str, list[str]] = {}
    written = [f"{axis}={values}" for axis, values in named.items()]
    for override in OverridesParser.create(config_loader=loader).parse_overrides([*written, *arguments]):
        name = override.get_key_element()
        swept = override.is_sweep_override()
        values = override.sweep_string_iterator() if swept else [override.get_value_element_as_str()]
        axes[name] = [f"{name}={value}" for value in values]
    return [list(choice) for choice in itertools.product(*axes.values())]


def conclude(sweep_dir: Path, jobs: Sequence[Job], seconds: float) -> list[Result]:
    """Print what came out; exits 1, naming them, if some runs failed or never ended."""
    results = report(sweep_dir, jobs, seconds)
    troubled = {name: r["error"] if r else "did not end" for name, r in results.items() if not r or r["status"] != "ok"}
    for name, error in troubled.items():
        print(f"! {name}: {error}", file=sys.stderr)
    if troubled:
        raise SystemExit(1)
    return [r for r in results.values() if r]


def report(sweep_dir: Path, jobs: Sequence[Job], seconds: float) -> dict[str, Result | None]:
    """Print the study so far and write its tables; the result of each run, None where it has not ended."""
    from mnist_exp.study import study  # loads scipy, which a refused sweep need not wait for

    results = {job.name: read(sweep_dir / job.name) for job in jobs}
    finished = sum(r is not None and r["status"] == "ok" for r in results.values())
    everything = read_all(sweep_dir)  # also what was typed on other days
    done = f"{finished} of {len(jobs)} runs finished in {seconds:.0f} s → {sweep_dir}"
    print(f"\n{study(sweep_dir, everything)}\n\n{done}", flush=True)
    return results
