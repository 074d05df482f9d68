"""One run, or one run of a sweep, as Hydra calls it. The only file that uses Hydra's decorator."""

import logging
import os
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from mnist_exp import runtime
from mnist_exp.config import CONF, compose
from mnist_exp.error_messages import explain
from mnist_exp.errors import Stop

compose.register()
log = logging.getLogger("mnist_exp")


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def command(composed: DictConfig) -> None:
    """One run. Hydra calls this once, or once for each run of a sweep, in the process that trains."""
    with runtime.quick_imports():
        from mnist_exp.runs.files import find_reusable
        from mnist_exp.runs.identity import key
        from mnist_exp.runs.sweep_dir import locked
        from mnist_exp.sweeps.launchers import runs_one_at_a_time
        from mnist_exp.training.run import run
    job = HydraConfig.get()
    run_dir, config = Path(job.runtime.output_dir), compose.to_config(composed)
    if config.diagnostics.figures is None:
        config.diagnostics.figures = job.mode == RunMode.RUN
    if job.mode == RunMode.MULTIRUN and not runs_one_at_a_time(job.launcher._target_):
        config.trainer.progress_bar = False  # bars of parallel runs would overwrite each other
    overrides = list(job.overrides.task)
    try:
        if job.mode == RunMode.RUN:
            run(config, run_dir, overrides)
            return
        # After a kill -9 a launcher's workers may still be training here: wait, and reuse what they finish.
        with locked(run_dir, wait=True):
            if find_reusable(run_dir, key(config), config.sweep.reuse == "strict") is None:
                run(config, run_dir, overrides)
    except Exception as error:
        if job.mode == RunMode.RUN:
            raise Stop(error) from error
        log.error("! %s: %s", run_dir.name, explain(error))  # the run's record has it too; the sweep goes on


def run_hydra() -> None:
    """Do what the command line asks of Hydra: a run, a sweep, or printing the configuration."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors are then raised, not printed
    runtime.limit_thread_spinning()
    command()
