"""What a sweep would run: every run composed, checked and named before the first one starts."""

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf

from mnist_exp.config.checks import check
from mnist_exp.config.compose import command_line_dir, to_config
from mnist_exp.config.preflight import check_code, with_available_data
from mnist_exp.config.schema import Config, StudyConfig, SweepConfig
from mnist_exp.errors import UserError, unknown
from mnist_exp.runs.record import Record, blank
from mnist_exp.runtime import threads, uses_all_cores
from mnist_exp.sweeps.axes import Compose, Overrides, expand_axes, parse_axes

# Settings of a sweep as a whole.
SHARED = (
    *("sweep.name", "sweep.dry_run", "sweep.reuse", "sweep.until", "sweep.max_seeds"),
    *("study.margin", "study.control"),
)


@dataclass(frozen=True)
class Job:
    """One run of a sweep: the overrides to type for it, and the configuration that they give."""

    overrides: Overrides
    config: Config
    config_dir: str | None = None

    @property
    def name(self) -> str:
        """The name of its directory."""
        return self.record.run_name

    @cached_property
    def record(self) -> Record:
        """Its record before it ends."""
        return blank(self.config, self.overrides, self.config_dir)

    @cached_property
    def threads(self) -> int:
        """How many CPU threads it uses."""
        return threads(self.config.trainer.threads, uses_all_cores(self.config.model))


@dataclass(frozen=True)
class Plan:
    """All runs of a sweep, and the settings of section `sweep` that they share.

    With sweep.until=decided `max_seeds` is set. There is then a run for each seed up to it: all runs of seed 0, in the
    order of those of seed 1, and so on.
    """

    jobs: list[Job]
    name: str | None
    dry_run: bool
    strict_reuse: bool
    max_seeds: int | None = None

    @property
    def study(self) -> StudyConfig:
        """How the runs are compared."""
        return self.jobs[0].config.study


def plan(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader) -> Plan:
    """Compose and check every run of a sweep, each once, however often it is named.

    Runs that differ only by their seed are composed once (0.1 s each): a grid of 250 is planned in 3 s, not 25.

    Args:
        arguments: the overrides as typed, with several values where a key is swept.
        config: the configuration that the overrides are applied to.
        loader: Hydra's loader of that configuration.

    Raises:
        UserError: a run is impossible, or the sweep has no runs.
    """

    def compose(overrides: Sequence[str]) -> DictConfig:
        return loader.load_sweep_config(config, list(overrides))

    runs = [_split_seed(overrides) for overrides in expand_axes(arguments, loader, compose)]
    composed = _compose_each(runs, compose)
    if any(one.sweep.until for one in composed.values()):
        runs = _with_all_seeds(composed, parse_axes(arguments, loader))
    if depending := {others for others, one in composed.items() if _depends_on_seed(one)}:
        runs = [((*others, *seed), ()) if others in depending else (others, seed) for others, seed in runs]
        composed = _compose_each(runs, compose, composed)
    _check_all(composed.values(), [_seed_value(seed) for _, seed in runs if seed])
    shared = _shared_settings(list(composed.values()))
    jobs = [replace(job, config_dir=command_line_dir(config.hydra)) for job in _jobs(runs, composed, compose)]
    _refuse_equal_data_names(jobs)
    _check_control(jobs)
    return Plan(jobs, shared.name, shared.dry_run, shared.reuse == "strict", shared.max_seeds if shared.until else None)


def _with_all_seeds(
    composed: Mapping[Overrides, DictConfig], typed: Collection[str]
) -> list[tuple[Overrides, Overrides]]:
    """For sweep.until=decided: each run with every seed up to sweep.max_seeds, whatever seeds a file in sweep/ has."""
    for one in composed.values():
        check(one)
        if "seed" in typed or any(re.search(r"(^|\s)\+*seed=", arm) for arm in one.sweep.arms):
            raise UserError(
                "sweep.until=decided chooses the seeds, from 0 up to sweep.max_seeds of them: leave out seed=…"
            )
    most = max(one.sweep.max_seeds for one in composed.values())
    return [(others, (f"seed={seed}",)) for seed in range(most) for others in composed]


def _check_control(jobs: Sequence[Job]) -> None:
    """Raise UserError if the activation that all others are to be compared with is not in the sweep."""
    control = jobs[0].config.study.control
    names = list(dict.fromkeys(job.record.activation for job in jobs if job.record.activation))
    if control is not None and control not in names:
        raise unknown("study.control", control, names)


def _refuse_equal_data_names(jobs: Sequence[Job]) -> None:
    """A table ranks runs by the name of their data: two sets of the user's own must not share one."""
    digests: dict[str, str] = {}
    for job in jobs:
        for name, digest in job.config.sources.items():
            if digests.setdefault(name, digest) != digest:
                raise UserError(f"Two versions of {name} in one sweep: give each a name of its own, as in data.name=….")


def _compose_each(
    runs: Sequence[tuple[Overrides, Overrides]], compose: Compose, known: Mapping[Overrides, DictConfig] | None = None
) -> dict[Overrides, DictConfig]:
    """The configuration of each different set of overrides, without the seeds that were split off."""
    found = known or {}
    return {others: found.get(others) or compose(others) for others in dict.fromkeys(others for others, _ in runs)}


def _split_seed(overrides: Sequence[str]) -> tuple[Overrides, Overrides]:
    """All overrides but a plain seed, and that seed."""
    seed = tuple(override for override in overrides if re.fullmatch(r"seed=-?\d+", override))
    return tuple(override for override in overrides if override not in seed), seed


def _seed_value(seed: Overrides) -> int:
    return int(seed[-1].partition("=")[2])


def _depends_on_seed(config: DictConfig) -> bool:
    """Whether anything that decides a run is computed from its seed."""
    kept = OmegaConf.masked_copy(config, [str(key) for key in config if key not in ("hydra", "sweep")])
    return re.search(r"\$\{[^}]*\bseed\b", OmegaConf.to_yaml(kept)) is not None


def _check_all(composed: Collection[DictConfig], seeds: Sequence[int]) -> None:
    """Check every configuration before the first may start a download, with the smallest and the largest seed."""
    for one in composed:
        check(one)
        if one.objective.seeds is not None:
            raise UserError("objective.seeds is for other sweepers, such as hydra/sweeper=optuna: type seed=0,1,2.")
        check_code(to_config(one))
    for seed in {min(seeds), max(seeds)} if seeds else ():
        seeded = copy.deepcopy(next(iter(composed)))
        seeded.seed = seed
        check(seeded)


def _shared_settings(composed: Sequence[DictConfig]) -> SweepConfig:
    """Section `sweep`, which all runs share. Raises UserError if they do not share it or `study`, or there are none."""
    if not composed:
        raise UserError("This sweep has no runs: one of its axes is empty.")
    for key in SHARED:
        if len({OmegaConf.select(one, key) for one in composed}) > 1:
            raise UserError(f"A sweep has one {key}: type one value.")
    found: SweepConfig = to_config(composed[0]).sweep
    return found


def _jobs(
    runs: Sequence[tuple[Overrides, Overrides]], composed: Mapping[Overrides, DictConfig], compose: Compose
) -> list[Job]:
    """Every different run once, in the order of the first mention."""
    available = {others: _available_run(others, one, compose) for others, one in composed.items()}
    jobs: dict[str, Job] = {}
    for others, seed in runs:
        config, overrides = available[others]
        if seed:
            config = replace(config, seed=_seed_value(seed))
        job = Job((*overrides, *seed), config)
        jobs.setdefault(job.name, job)
    return list(jobs.values())


def _available_run(overrides: Overrides, composed: DictConfig, compose: Compose) -> tuple[Config, Overrides]:
    """The configuration with the data that is available, and the overrides that give it; not `sweep` and `study`."""
    config, with_data = with_available_data(composed, list(overrides), compose)
    return to_config(config), tuple(override for override in with_data if not override.startswith(("sweep", "study.")))
