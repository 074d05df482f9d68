"""One run of a sweep, in the process that trains, and the number that a sweeper gets for it."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

from mnist_exp.config.schema import Config
from mnist_exp.error_messages import explain
from mnist_exp.full_disk import FullDiskError
from mnist_exp.runs.files import find_reusable, read_record, write_record
from mnist_exp.runs.identity import key, run_name
from mnist_exp.runs.record import Record, blank
from mnist_exp.runs.sweep_dir import locked, no_space_mark

log = logging.getLogger("mnist_exp")


def run_or_reuse(
    config: Config, run_dir: Path, overrides: Sequence[str], config_dir: str | None = None, planned: bool = False
) -> Record | None:
    """Run, unless the same run has ended in this folder. What goes wrong is logged, and is in the record.

    `planned` says that the folder is named after the run. A run whose code changed since then is not made.

    Returns the record, None if there is none.
    """
    from mnist_exp.training.run import run

    # After a kill -9 a launcher's workers may still be training here: wait, and reuse what they finish.
    with locked(run_dir, wait=True):
        if planned and run_dir.name != run_name(config):
            return _refused(config, run_dir, overrides)
        if found := find_reusable(run_dir, key(config), config.sweep.reuse == "strict"):
            return found
        if planned and no_space_mark(run_dir.parent).exists():
            return None  # an earlier run of the sweep found the disk full; this one would too
        try:
            return run(config, run_dir, list(overrides), config_dir=config_dir)
        except FullDiskError as error:
            if not planned:
                log.error("! %s: %s", _name(run_dir, config), explain(error))
            else:
                no_space_mark(run_dir.parent).touch()
            return None
        except Exception as error:
            log.error("! %s: %s", _name(run_dir, config), explain(error))  # the sweep goes on
            return read_record(run_dir)


def _refused(config: Config, run_dir: Path, overrides: Sequence[str]) -> Record:
    """The record of a run whose code or data have changed since the sweep was planned."""
    why = "its code or data have changed since the sweep was planned, or are different in every process"
    record = blank(replace(config, sources={}), overrides)
    record.status, record.error = "failed", f"{why}. Type the same command again."
    write_record(run_dir, record)
    log.error("! %s: %s", run_dir.name, record.error)
    return record


def _name(run_dir: Path, config: Config) -> str:
    """The last part of its path; of a run of objective.seeds the last two."""
    return "/".join(run_dir.parts[-1 if config.objective.seeds is None else -2 :])


def objective(config: Config, run_dir: Path, overrides: Sequence[str], config_dir: str | None = None) -> float | None:
    """Run, and return the validation accuracy: of one run, or the mean over the runs of objective.seeds.

    None if a run failed. Each seed has a folder of its own, run_dir/seedN.
    """
    seeds = config.objective.seeds
    if seeds is None:
        return value(run_or_reuse(config, run_dir, overrides, config_dir))
    kept = [override for override in overrides if not override.startswith("objective.")]
    values = []
    for seed in seeds:
        folder = run_dir / f"seed{seed}"
        folder.mkdir(exist_ok=True)
        seeded = replace(config, seed=seed)
        values.append(value(run_or_reuse(seeded, folder, [*kept, f"seed={seed}"], config_dir)))
    return mean(v for v in values if v is not None) if None not in values else None


def value(record: Record | None) -> float | None:
    """What a search gets for a run: its validation accuracy, and None for one that failed.

    One that diverged counts as 0, so that the search avoids such settings; Optuna ignores trials without a value.
    """
    if record is None:
        return None
    return 0.0 if record.status == "diverged" else record.val_acc
