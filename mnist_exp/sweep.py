"""Many runs: plan them all, refuse what cannot work before any training, run, and end in a table."""

import itertools
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig, OmegaConf

from mnist_exp.config import check, plain
from mnist_exp.errors import UserError
from mnist_exp.preflight import settle
from mnist_exp.record import clear, read, run_name
from mnist_exp.study.results import leaderboard


@dataclass(frozen=True)
class Job:
    """One run of a sweep: what to type for it, and the directory it gets."""

    overrides: tuple[str, ...]
    name: str


def sweep(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader, launcher: Launcher) -> list[dict]:
    """Plan, run and conclude; the results of the runs."""
    began = time.perf_counter()
    sweep_dir = Path(config.hydra.sweep.dir)
    jobs = plan(arguments, config, loader)
    sweep_dir.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, sweep_dir / "multirun.yaml")
    for job in jobs:
        clear(sweep_dir / job.name)  # a directory that is used again: an old result must not pass for a new one
    print(f"{len(jobs)} runs → {sweep_dir}", flush=True)
    # Where each run lands is said outright: a worker elsewhere must not work it out anew.
    place = f"hydra.sweep.dir={quoted(str(sweep_dir.resolve()))}"
    try:
        launcher.launch([[*j.overrides, place, f"hydra.sweep.subdir={j.name}"] for j in jobs], initial_job_idx=0)
    except KeyboardInterrupt:
        report(sweep_dir, jobs, time.perf_counter() - began)
        raise
    return conclude(sweep_dir, jobs, time.perf_counter() - began)


def quoted(text: str) -> str:
    """Any text as a value in Hydra's grammar."""
    return "'" + text.replace("\\'", "\\\\'").replace("'", "\\'") + "'"


def plan(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader) -> list[Job]:
    """Every run of the sweep, each composed and checked; a run named twice is planned once."""

    def compose(overrides: list[str]) -> DictConfig:
        return loader.load_sweep_config(config, overrides)

    composed = [(compose(overrides), overrides) for overrides in grid(arguments, loader)]
    for one, _ in composed:
        check(one)  # all of them, before the first may start a download
    jobs: dict[str, Job] = {}
    for one, overrides in composed:
        settled, typed = settle(one, overrides, compose)
        name = run_name(plain(settled))
        jobs.setdefault(name, Job(tuple(typed), name))
    if not jobs:
        raise UserError("This sweep has no runs: one of its axes is empty.")
    return list(jobs.values())


def grid(arguments: Sequence[str], loader: ConfigLoader) -> list[list[str]]:
    """The overrides of each run: the product of all swept axes, the last one typed varying fastest."""
    axes: dict[str, list[str]] = {}
    for override in OverridesParser.create(config_loader=loader).parse_overrides(list(arguments)):
        name = override.get_key_element()
        swept = override.is_sweep_override()
        values = override.sweep_string_iterator() if swept else [override.get_value_element_as_str()]
        axes[name] = [f"{name}={value}" for value in values]
    return [list(choice) for choice in itertools.product(*axes.values())]


def conclude(sweep_dir: Path, jobs: Sequence[Job], seconds: float) -> list[dict[str, Any]]:
    """Print what came out; exits 1, naming them, if some runs failed or never ended."""
    results = report(sweep_dir, jobs, seconds)
    troubled = {name: r["error"] if r else "did not end" for name, r in results.items() if not r or r["status"] != "ok"}
    for name, error in troubled.items():
        print(f"! {name}: {error}", file=sys.stderr)
    if troubled:
        raise SystemExit(1)
    return [r for r in results.values() if r]


def report(sweep_dir: Path, jobs: Sequence[Job], seconds: float) -> dict[str, dict[str, Any] | None]:
    """Print the leaderboard so far; the result of each run, None where it has not ended."""
    results = {job.name: read(sweep_dir / job.name) for job in jobs}
    ended = [r for r in results.values() if r]
    finished = sum(r["status"] == "ok" for r in ended)
    done = f"{finished} of {len(jobs)} runs finished in {seconds:.0f} s → {sweep_dir}"
    print(f"\n{leaderboard(ended)}\n\n{done}", flush=True)
    return results
