"""The command: python -m mnist_exp, or mnist-exp. The only file that knows Hydra's decorator."""

import logging
import os
import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from mnist_exp.config import compose, schema
from mnist_exp.errors import Stop, explain
from mnist_exp.training import runtime

compose.register()
log = logging.getLogger("mnist_exp")


@hydra.main(version_base="1.3", config_path=str(schema.CONF), config_name="config")
def command(composed: DictConfig) -> None:
    """One run. Hydra calls it once, or once for each run of a sweep, in the process that is to train."""
    with runtime.quick_imports():
        from mnist_exp.runs.files import find_reusable
        from mnist_exp.runs.identity import key
        from mnist_exp.runs.sweep_dir import locked
        from mnist_exp.training.run import run
    job = HydraConfig.get()
    run_dir, settings = Path(job.runtime.output_dir), compose.typed(composed)
    if settings.diagnostics.figures is None:
        settings.diagnostics.figures = job.mode == RunMode.RUN
    if job.mode == RunMode.MULTIRUN and not job.launcher._target_.endswith("BasicLauncher"):
        settings.trainer.progress_bar = False  # several bars at once would draw over each other
    typed = list(job.overrides.task)
    try:
        if job.mode == RunMode.RUN:
            run(settings, run_dir, typed)
            return
        # After a kill -9 a launcher's workers may still be at work here: what they finish in the meantime counts.
        with locked(run_dir, wait=True):
            if find_reusable(run_dir, key(settings), settings.sweep.reuse == "strict") is None:
                run(settings, run_dir, typed)
    except Exception as error:
        if job.mode == RunMode.RUN:
            raise Stop(error) from error
        log.error("! %s: %s", run_dir.name, explain(error))  # recorded by now: the rest of the sweep goes on


def main() -> None:
    """Run the command; whatever goes wrong ends in one line and a non-zero exit."""
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra would print its own lines and exit; we want the exception
    runtime.wait_politely()
    logging.raiseExceptions = False  # a run outlives its reader: a log line that cannot be shown is no traceback
    try:
        command()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except (Exception, Stop) as error:
        reason = error.reason if isinstance(error, Stop) else error
        if wants_traceback:
            raise reason from None
        sys.exit(f"Error: {explain(reason)}")
    finally:
        _let_go_of_a_closed_pipe()


def _let_go_of_a_closed_pipe() -> None:
    """Whoever read our output may have gone (… | head); Python's own last flush would complain about it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
