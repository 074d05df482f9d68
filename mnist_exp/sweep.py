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
from hydra.experimental.callback import Callback
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig, OmegaConf

from mnist_exp.config import CONF, check, plain
from mnist_exp.data.source import check_sizes, locate
from mnist_exp.errors import Stop
from mnist_exp.record import read, run_name
from mnist_exp.study.results import leaderboard


@dataclass(frozen=True)
class Job:
    """One run of a sweep: what to type for it, and the directory it gets."""

    overrides: tuple[str, ...]
    name: str


class BeforeSingleRun(Callback):
    """Refuse a single run that cannot work, and settle its data, before its directory is made."""

    def on_run_start(self, config: DictConfig, **_: Any) -> None:
        try:
            ready(config)
        except Exception as error:
            raise Stop(error) from error


def ready(config: DictConfig) -> str:
    """Check a composed configuration and put the data that can really be had into it; the data's name."""
    check(config)
    data = config.data
    found = locate(data.name.name, data.root, data.fallback)
    if found != data.name.name:
        # What `data=<found>` on the command line would have set.
        data.merge_with(OmegaConf.load(CONF / "data" / f"{found}.yaml"))
    check_sizes(found, data.val_size, data.batch_size)
    return found


def sweep(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader, launcher: Launcher) -> list[dict]:
    """Plan, run and conclude; the results of the runs."""
    began = time.perf_counter()
    sweep_dir = Path(config.hydra.sweep.dir)
    jobs = plan(arguments, config, loader)
    sweep_dir.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, sweep_dir / "multirun.yaml")
    print(f"{len(jobs)} runs → {sweep_dir}", flush=True)
    # Where each run lands is said outright: a worker elsewhere must not work it out anew.
    place = f"hydra.sweep.dir={sweep_dir.resolve()}"
    launcher.launch([[*j.overrides, place, f"hydra.sweep.subdir={j.name}"] for j in jobs], initial_job_idx=0)
    return conclude(sweep_dir, jobs, time.perf_counter() - began)


def plan(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader) -> list[Job]:
    """Every run of the sweep, each composed and checked; a run named twice is planned once."""
    composed = [(overrides, loader.load_sweep_config(config, overrides)) for overrides in grid(arguments, loader)]
    for _, one in composed:
        check(one)  # all of them, before the first may start a download
    jobs: dict[str, Job] = {}
    for overrides, one in composed:
        asked, found = one.data.name.name, ready(one)
        if found != asked:
            overrides = [o for o in overrides if not o.startswith("data=")] + [f"data={found}"]
        name = run_name(plain(one))
        jobs.setdefault(name, Job(tuple(overrides), name))
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
    results = {job.name: read(sweep_dir / job.name) for job in jobs}
    finished = [r for r in results.values() if r]
    troubled = {name: r["error"] if r else "did not end" for name, r in results.items() if not r or r["status"] != "ok"}
    done = f"{len(jobs) - len(troubled)} of {len(jobs)} runs finished in {seconds:.0f} s → {sweep_dir}"
    print(f"\n{leaderboard(finished)}\n\n{done}", flush=True)
    for name, error in troubled.items():
        print(f"! {name}: {error}", file=sys.stderr)
    if troubled:
        raise SystemExit(1)
    return finished
