"""Many runs: plan them all, refuse what cannot work before any training, run, and end in a table."""

import re
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hydra.core.config_loader import ConfigLoader
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig, OmegaConf, open_dict

from mnist_exp.config.schema import is_plain_name
from mnist_exp.errors import UserError, explain
from mnist_exp.runs.files import is_settled, read, remove_result
from mnist_exp.runs.record import Record
from mnist_exp.runs.sweep_dir import locked, study_of, write_plan
from mnist_exp.sweeps.launchers import launch, quoted
from mnist_exp.sweeps.monitor import Monitor
from mnist_exp.sweeps.outline import outline
from mnist_exp.sweeps.plan import Job, plan
from mnist_exp.training import runtime


def sweep(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader, launcher: Launcher) -> list[Record]:
    """Plan, run what has not been run yet, and conclude; the results of all runs."""
    began = time.perf_counter()
    planned = plan(arguments, config, loader)
    jobs = planned.jobs
    sweep_dir = Path(config.hydra.sweep.dir) if planned.name is None else Path("multirun", planned.name)
    done = [is_settled(sweep_dir / job.name, job.record.key) for job in jobs]
    if planned.dry_run:
        return dry_run(jobs, done)
    with open_dict(config):
        config.hydra.sweep.dir = str(sweep_dir)  # launchers make this directory
    sweep_dir.mkdir(parents=True, exist_ok=True)
    with locked(sweep_dir) as alone:
        if not alone:
            raise UserError(f"{sweep_dir} is being worked on by another sweep: wait for it, or name another.")
        OmegaConf.save(config, sweep_dir / "multirun.yaml")
        write_plan(sweep_dir, [job.record for job in jobs])
        reused = f" ({sum(done)} of them reused)" if any(done) else ""
        print(f"{len(jobs)} runs{reused} → {sweep_dir}", flush=True)
        runtime.restart_clock()
        todo = [job for job, ended in zip(jobs, done, strict=True) if not ended]
        try:
            for job in todo:
                remove_result(sweep_dir / job.name)
            with Monitor(sweep_dir, todo, sum(done)):
                met = launch(todo, sweep_dir, launcher)
        except KeyboardInterrupt:
            report(sweep_dir, jobs, time.perf_counter() - began)
            print(f"Interrupted. To go on: {again(arguments, config)}", file=sys.stderr)
            raise
        for error in met:
            print(f"! {explain(error)}", file=sys.stderr)
        return conclude(sweep_dir, jobs, time.perf_counter() - began, again(arguments, config))


def dry_run(jobs: Sequence[Job], done: Sequence[bool]) -> list[Record]:
    """Print what would be run and how long it would take, and run nothing."""
    with runtime.quick_imports():
        from mnist_exp.sweeps.time_estimate import Estimate
    print(outline(jobs, done, Estimate()))
    return []


def again(arguments: Sequence[str], config: DictConfig) -> str:
    """The command that goes on with this very sweep: runs that have ended are reused."""
    sweep_dir = Path(config.hydra.sweep.dir)
    text = str(sweep_dir)
    if sweep_dir.parent == Path("multirun") and is_plain_name(sweep_dir.name):
        named = f"sweep.name={sweep_dir.name}"
    else:
        named = "hydra.sweep.dir=" + (text if re.fullmatch(r"[\w./-]+", text) else quoted(text))
    placed = ("sweep.name=", "hydra.sweep.dir=", "hydra.mode=")
    typed = [a for a in [*config.hydra.overrides.hydra, *arguments] if not a.startswith(placed)]
    return shlex.join(["python", "-m", "mnist_exp", "-m", *typed, named])


def conclude(sweep_dir: Path, jobs: Sequence[Job], seconds: float, retry: str) -> list[Record]:
    """Print what came out; exits 1, naming them, if some runs failed or never ended."""
    results = report(sweep_dir, jobs, seconds)
    troubled = {name: r for name, r in results.items() if not r or r["status"] != "ok"}
    for name, r in troubled.items():
        print(f"! {name}: {r['error'] if r else 'did not end'}", file=sys.stderr)
    if any(not r or r["status"] == "failed" for r in troubled.values()):
        print(f"To run again just what failed or did not end: {retry}", file=sys.stderr)
    if troubled:
        raise SystemExit(1)
    return [r for r in results.values() if r]


def report(sweep_dir: Path, jobs: Sequence[Job], seconds: float) -> dict[str, Record | None]:
    """Print the study so far and write its tables; the result of each run, None where it has not ended."""
    from mnist_exp.study.write import write_study  # loads scipy, which a refused sweep need not wait for

    results = {job.name: read(sweep_dir / job.name) for job in jobs}
    finished = sum(r is not None and r["status"] == "ok" for r in results.values())
    everything = study_of([sweep_dir])  # also what was typed on other days
    done = f"{finished} of {len(jobs)} runs finished in {seconds:.0f} s → {sweep_dir}"
    print(f"\n{write_study(sweep_dir, everything)}\n\n{done}", flush=True)
    return results
