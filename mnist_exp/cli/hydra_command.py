"""One run, or one run of a sweep, as Hydra calls it. The only file that uses Hydra's decorator."""

import logging
import os
import re
import shlex
from pathlib import Path

import hydra
from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from mnist_exp import runtime, signals
from mnist_exp.atomic_files import write_text
from mnist_exp.config import CONF, compose
from mnist_exp.config.checks import check
from mnist_exp.config.preflight import check_code
from mnist_exp.config.schema import Config
from mnist_exp.error_messages import explain
from mnist_exp.errors import Stop, UserError
from mnist_exp.full_disk import is_full_disk
from mnist_exp.runs.files import HYDRA, HYDRA_FILES
from mnist_exp.runs.untrusted import set_aside_unless_folder

compose.register()
log = logging.getLogger("mnist_exp")


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def command(composed: DictConfig) -> float | None:
    """One run. Hydra calls this once, or once for each run of a sweep, in the process that trains.

    Returns:
        The validation accuracy, for sweepers that search. With objective.seeds it is the mean over these seeds.
    """
    with runtime.quick_imports():
        from mnist_exp.runs.files import resume_path
        from mnist_exp.sweeps.objective import objective, run_or_reuse, value
        from mnist_exp.sweeps.other_sweepers import is_ours
        from mnist_exp.training.run import run
    logging.raiseExceptions = False  # a log line that cannot be written must not end a run, in a worker either
    signals.raise_lost_interrupt()
    job = HydraConfig.get()
    run_dir, overrides = Path(job.runtime.output_dir), list(job.overrides.task)
    config_dir = compose.command_line_dir(job)
    _write_composed(composed, run_dir)
    if job.mode == RunMode.RUN:
        try:
            return value(run(_config(composed), run_dir, overrides, config_dir=config_dir))
        except KeyboardInterrupt:
            if resume_path(run_dir).exists():
                log.warning("To continue: %s", _command_to_continue(job, config_dir))
            raise
        except Exception as error:
            raise Stop(error) from error
    if is_ours(job.sweeper._target_):
        return value(run_or_reuse(_config(composed), run_dir, overrides, config_dir, planned=True))
    try:
        check(composed)  # other sweepers do not
        check_code(config := _config(composed))
    except UserError as error:
        log.error("! %s: %s", run_dir.name, explain(error))
        return None
    return objective(config, run_dir, overrides, config_dir)


def _write_composed(composed: DictConfig, run_dir: Path) -> None:
    """Write .hydra/ as Hydra would; a disk that is full stops the run itself."""
    contents = (composed, HydraConfig.instance().cfg, HydraConfig.get().overrides.task)
    set_aside_unless_folder(run_dir / HYDRA)
    try:
        (run_dir / HYDRA).mkdir(parents=True, exist_ok=True)
        for name, content in zip(HYDRA_FILES, contents, strict=True):
            write_text(run_dir / HYDRA / name, OmegaConf.to_yaml(content))
    except OSError as error:
        if not is_full_disk(error):
            raise Stop(error) from error


def _config(composed: DictConfig) -> Config:
    """The configuration of this run; figures and a progress bar only where they suit how it was started."""
    from mnist_exp.sweeps.launchers import runs_one_at_a_time

    job, config = HydraConfig.get(), compose.to_config(composed)
    if config.diagnostics.figures is None:
        config.diagnostics.figures = job.mode == RunMode.RUN
    if job.mode == RunMode.MULTIRUN and not runs_one_at_a_time(job.launcher._target_):
        config.trainer.progress_bar = False  # bars of parallel runs would overwrite each other
    return config


def _command_to_continue(job: HydraConf, config_dir: str | None) -> str:
    """The command for the same run in the same directory."""
    from mnist_exp.sweeps.launchers import quoted

    typed = [override for override in job.overrides.hydra if not override.startswith(("hydra.run.dir=", "hydra.mode="))]
    folder = job.run.dir if re.fullmatch(r"[\w./-]+", job.run.dir) else quoted(job.run.dir)
    own = ["--config-dir", config_dir] if config_dir else []
    return shlex.join(["python", "-m", "mnist_exp", *own, *typed, *job.overrides.task, f"hydra.run.dir={folder}"])


def run_hydra() -> None:
    """Do what the command line asks of Hydra: a run, a sweep, or printing the configuration."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors are then raised, not printed
    runtime.limit_thread_spinning()
    try:
        command()
    except ValueError as error:
        if "No trials are completed" in str(error):  # Optuna's sweeper then finds no best one
            raise UserError("Every run of the search failed; the lines above give the reasons.") from error
        raise
