"""Runs of a sweep as tasks of a Ray cluster: hydra/launcher=ray, explained in conf/hydra/launcher/ray.yaml.
Hydra's own Ray plugin would downgrade packages that other plugins need; this one uses only Ray's core."""

import atexit
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict


class RayLauncher(Launcher):
    """As many runs at once as the cluster has room for."""

    def __init__(self, address: str | None, num_cpus: float | None, num_gpus: float) -> None:
        self.address, self.num_cpus, self.num_gpus = address, num_cpus, num_gpus

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.hydra_context, self.task_function, self.config = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        ray = _connected(self.address)
        largest = max(node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"])
        # A task that needs more cores than any machine has would wait forever.
        num_cpus = min(self.num_cpus or 1, largest)
        task = ray.remote(num_cpus=num_cpus, num_gpus=self.num_gpus, max_retries=1)(_run)
        parts = (os.getcwd(), self.hydra_context, self.task_function, self.config, Singleton.get_state())
        shared = [ray.put(part) for part in parts]
        tasks = [
            task.remote(initial_job_idx + i, list(overrides), *shared) for i, overrides in enumerate(job_overrides)
        ]
        return [_result(ray, task) for task in tasks]

    @staticmethod
    def shutdown() -> None:
        """Leave the cluster, which ends the tasks; a cluster on this machine alone is stopped."""
        import ray

        ray.shutdown()


def _result(ray: Any, task: Any) -> JobReturn:
    """What the command returned in a task; None for one that was lost, whose reason is printed."""
    try:
        result: JobReturn = ray.get(task)
    except Exception as error:  # it has no record: the sweep names the run, this line the reason
        print(f"! {type(error).__name__}: {str(error).strip().splitlines()[-1]}", file=sys.stderr)
        return JobReturn(status=JobStatus.COMPLETED)
    return result


def _connected(address: str | None) -> Any:
    """Ray, connected to a cluster."""
    # No password inside one's own network, as the config file asks; no usage reports to Ray's authors.
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        from mnist_exp.errors import UserError

        raise UserError('hydra/launcher=ray needs Ray: pip install "mnist_exp[ray]"') from error
    if not ray.is_initialized():
        from mnist_exp.signals import handlers_restored

        with handlers_restored():  # Ray would take SIGTERM for itself
            _start(ray, address)
    return ray


def _start(ray: Any, address: str | None) -> None:
    """Connect to a cluster, or start one on this machine."""
    options: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address is None:
        # Short: the names of sockets in it have about a hundred characters.
        folder = tempfile.mkdtemp(prefix="ray_", dir=os.environ.get("RAY_TMPDIR", "/tmp"))
        atexit.register(_stop, ray, folder)
        options |= {"include_dashboard": False, "_temp_dir": folder}
    ray.init(address or "local", **options)


def _stop(ray: Any, folder: str) -> None:
    """Stop the cluster on this machine, and remove its files."""
    ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


def _run(
    number: int,
    overrides: list[str],
    folder: str,
    hydra_context: HydraContext,
    task_function: TaskFunction,
    config: DictConfig,
    singletons: Any,
) -> JobReturn:
    """One run, in a worker, set up as Hydra's own launchers do it."""
    # The user's own files are named relative to the folder where the command was typed.
    os.chdir(folder)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    setup_globals()
    Singleton.set_state(singletons)
    job_config = hydra_context.config_loader.load_sweep_config(config, overrides)
    with open_dict(job_config):
        job_config.hydra.job.id = f"{job_config.hydra.job.name}_{number}"
        job_config.hydra.job.num = number
    HydraConfig.instance().set_config(job_config)
    return run_job(
        hydra_context=hydra_context,
        task_function=task_function,
        config=job_config,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
