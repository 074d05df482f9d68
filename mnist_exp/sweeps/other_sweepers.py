"""Hydra's other sweepers, Optuna's for example: what is checked before they start and printed after they end.

They plan and start their runs by themselves, so there is no study. Each run is checked again when it starts.
"""

import itertools
import logging
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from mnist_exp.errors import Stop, UserError
from mnist_exp.sweeps.axes import range_length, refuse_too_many
from mnist_exp.sweeps.launcher_settings import check_launcher

OURS, BASIC = "StudySweeper", "BasicSweeper"
# Options of Optuna's sweeper that are set unless they are typed.
OPTUNA = {
    "direction": "maximize",  # the command returns the validation accuracy
    "n_jobs": 1,  # trials at once; with more, each knows less of the others
    "max_failure_rate": 1.0,  # a run that fails costs its trial, not the search
}


class BeforeAndAfter(Callback):
    """Does nothing with the sweeper of this project, which plans its runs, checks them and writes a study."""

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        if not is_ours(config.hydra.sweeper._target_):
            try:
                prepare(config)
            except Exception as error:
                raise Stop(error) from error

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        if not is_ours(config.hydra.sweeper._target_):
            finish(Path(config.hydra.sweep.dir), may_fail=_searches(config))


def is_ours(target: str) -> bool:
    """Whether a sweeper, given as the `_target_` of its configuration, is the one of this project."""
    return target.rpartition(".")[2] == OURS


def _searches(config: DictConfig) -> bool:
    """Whether the sweeper uses what the command returns."""
    return str(config.hydra.sweeper._target_).rpartition(".")[2] != BASIC


def prepare(config: DictConfig) -> None:
    """Check every value that may be swept, choose data and folder, and set Optuna's options.

    Raises UserError for what cannot work. Nothing is written then.
    """
    from mnist_exp.sweeps.launchers import quoted

    if not _searches(config):
        print("! hydra/sweeper=basic writes no study. Leave it out for the same runs with one.", file=sys.stderr)
    check_launcher(config.hydra.launcher)
    _set_optuna_options(config)
    found = _check_values(config)
    folder = _folder(config, found)
    config.hydra.sweep.dir = str(folder)
    # The runs are composed again from these, in any process.
    config.hydra.overrides.hydra.append(f"hydra.sweep.dir={quoted(str(folder.resolve()))}")


def _set_optuna_options(config: DictConfig) -> None:
    if not str(config.hydra.sweeper._target_).endswith(".OptunaSweeper"):
        return
    # The run itself has printed why it failed; this only adds that it returned None.
    logging.getLogger("hydra_plugins.hydra_optuna_sweeper").setLevel(logging.ERROR)
    typed = {override.partition("=")[0].lstrip("+") for override in config.hydra.overrides.hydra}
    for option, value in OPTUNA.items():
        if f"hydra.sweeper.{option}" not in typed:
            config.hydra.sweeper[option] = value
    if str(config.hydra.sweeper.direction).rpartition(".")[2] != OPTUNA["direction"]:
        raise UserError("hydra.sweeper.direction: must be maximize, since each run returns its validation accuracy.")


def _check_values(config: DictConfig) -> list[DictConfig]:
    """Check the first value of each key together, and every other value with the first ones of the other keys.

    Where the data of one of them are not available, all runs get those that take their place.
    """
    from mnist_exp.config.checks import check
    from mnist_exp.config.compose import to_config
    from mnist_exp.config.preflight import check_code, with_available_data

    def compose(overrides: Sequence[str]) -> DictConfig:
        return GlobalHydra.instance().config_loader().load_sweep_config(config, list(overrides))

    task = config.hydra.overrides.task
    values = swept_values([f"{key}={value}" for key, value in (config.hydra.sweeper.get("params") or {}).items()])
    values |= swept_values(task)
    tried = {overrides: compose(overrides) for overrides in one_by_one(values)}
    for composed in tried.values():
        check(composed)
        _check_objective(composed, "seed" in values, _searches(config))
        check_code(to_config(composed))
    for overrides, composed in tried.items():
        _, available = with_available_data(composed, list(overrides), compose)
        if changed := [override for override in available if override not in overrides]:
            task[:] = [override for override in task if not override.startswith("data=")] + changed
    return list(tried.values())


def swept_values(overrides: Iterable[str]) -> dict[str, list[str]]:
    """The values of each key, each as an override; of an interval its two ends."""
    found = {}
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        refuse_too_many({override.key_or_group: range_length(override)})
        if override.is_interval_sweep():
            interval: Any = override.value()
            values: Iterable[Any] = (interval.start, interval.end)
        elif override.is_sweep_override():
            values = override.sweep_string_iterator()
        else:
            values = [override.get_value_element_as_str()]
        found[override.key_or_group] = [f"{override.get_key_element()}={value}" for value in values]
    return found


def one_by_one(values: dict[str, list[str]]) -> list[tuple[str, ...]]:
    """The first value of every key; then each other value, with the first values of all other keys."""
    first = {key: each[0] for key, each in values.items()}
    others = ((key, value) for key, each in values.items() for value in each[1:])
    return [tuple(first.values()), *(tuple((first | {key: value}).values()) for key, value in others)]


def _check_objective(composed: DictConfig, has_seed: bool, searches: bool) -> None:
    from mnist_exp.config.compose import to_config

    if composed.sweep.axes or composed.sweep.arms or composed.sweep.dry_run or composed.sweep.until:
        raise UserError(
            "sweep=…, sweep.dry_run and sweep.until are for the default sweeper: leave out hydra/sweeper=…."
        )
    if composed.objective.seeds is not None and has_seed:
        raise UserError("objective.seeds names the seeds of each run: leave out seed=….")
    if searches and not to_config(composed).data.val_size:
        raise UserError(
            "data.val_size=0: a search needs a validation set, since it maximises the validation accuracy. Nothing is "
            "chosen by the test set."
        )


def _folder(config: DictConfig, composed: Sequence[DictConfig]) -> Path:
    """The folder of the runs. Raises UserError if it has runs already: theirs have the same numbers."""
    from mnist_exp.runs.run_selection import holds_runs

    name = composed[0].sweep.name
    folder = Path(config.hydra.sweep.dir) if name is None else Path("multirun", name)
    if holds_runs(folder):
        raise UserError(f"{folder} holds the runs of another sweep: choose another sweep.name.")
    return folder


def finish(folder: Path, may_fail: bool) -> None:
    """Print how many runs ended, the best of them, and how a study is written.

    Raises SystemExit if a run failed, unless the sweeper allows for it.
    """
    from mnist_exp.runs.files import read_records

    records = read_records(folder)
    status = {name: sum(record.status == name for record in records) for name in ("ok", "failed", "diverged")}
    counts = ", ".join(f"{count} {name}" for name, count in status.items() if count)
    print(f"\n{len(records)} runs: {counts or 'none'} → {folder}")
    if best := _best(folder):
        print(best)
    print(f"No study was written: mnist-exp report {folder} writes one.", flush=True)
    if status["ok"] < len(records) and not may_fail:
        sys.exit(1)


def _best(folder: Path) -> str | None:
    """The folder directly below with the highest validation accuracy, as a mean over its runs."""
    from mnist_exp.runs.files import read_records
    from mnist_exp.sweeps.objective import value

    trials = itertools.groupby(read_records(folder), lambda record: record.run_dir.relative_to(folder).parts[0])
    means = {trial: [value(record) for record in records] for trial, records in trials}
    scored = {trial: mean(values) for trial, values in means.items() if None not in values}  # type: ignore[type-var]
    if not scored:
        return None
    best = max(scored, key=lambda trial: scored[trial] or 0.0)
    return f"Best: {folder / best}, validation {scored[best]:.2%}".replace("%", " %")
