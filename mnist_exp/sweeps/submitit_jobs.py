"""A group of runs as jobs of submitit, on this machine or in a SLURM queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.singleton import Singleton

from mnist_exp.signals import kept_from_children
from mnist_exp.sweeps import worker_process


@dataclass(frozen=True)
class Following:
    """A job on this machine, whose process ends with that of the sweep.

    Args:
        main: the id of the sweep's process.
        launcher: runs the overrides that it is called with.
    """

    main: int
    launcher: Any

    def __call__(self, *arguments: Any) -> Any:
        worker_process.follow(self.main)
        return self.launcher(*arguments)

    def checkpoint(self, *arguments: Any) -> Any:
        """What submitit starts after a time limit: the same job again."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, *arguments)


def run(
    job: Callable[..., Any], launcher: Any, sweep_dir: Path, overrides: Sequence[Sequence[str]], first: int
) -> list[Exception]:
    """As the plugin's own launch, which stops waiting for a group when one of its runs has died."""
    from submitit.core.utils import UncompletedJobError

    numbers = range(first, first + len(overrides))
    state = [Singleton.get_state()] * len(numbers)
    ids = [f"job_id_for_{number}" for number in numbers]
    dir_key = ["hydra.sweep.dir"] * len(numbers)
    errors: list[Exception] = []
    executor = _executor(launcher, sweep_dir)
    with kept_from_children():
        jobs = executor.map_array(job, list(overrides), dir_key, numbers, ids, state)
    for submitted in jobs:
        try:
            submitted.results()
        except UncompletedJobError:  # its run has no record: the sweep reports it
            continue
        except Exception as error:
            errors.append(error)
    return errors


def _executor(launcher: Any, sweep_dir: Path) -> Any:
    """The executor that launch of hydra-submitit-launcher 1.2.0 makes, with its files in the sweep's folder."""
    from hydra_plugins.hydra_submitit_launcher.config import BaseQueueConf  # type: ignore[import-untyped]
    from submitit import AutoExecutor

    cluster, shared = launcher._EXECUTOR, BaseQueueConf.__dataclass_fields__
    params = {name if name in shared else f"{cluster}_{name}": value for name, value in launcher.params.items()}
    del params["submitit_folder"]
    timeouts = f"{cluster}_max_num_timeout"  # goes to the constructor
    created = {timeouts: params.pop(timeouts)} if timeouts in params else {}
    executor = AutoExecutor(folder=sweep_dir / ".submitit" / "%j", cluster=cluster, **created)
    executor.update_parameters(**params)
    return executor
