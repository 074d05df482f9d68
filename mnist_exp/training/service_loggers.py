"""Runs in Weights & Biases and MLflow: their names, their settings and final metrics, and how they end."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import Logger, MLFlowLogger, WandbLogger

from mnist_exp import arguments, own_code, services
from mnist_exp.error_messages import explain
from mnist_exp.runs.record import Record
from mnist_exp.training.classifier import DivergedError
from mnist_exp.training.tensorboard import final_metrics, hyperparameters

log = logging.getLogger(__name__)
Spec = Mapping[str, Any]
PACKAGES: dict[type[Logger], str] = {WandbLogger: "wandb", MLFlowLogger: "mlflow"}
MLFLOW_STATUS = {"ok": "success", "interrupted": "KILLED"}  # any other: failed


@dataclass(frozen=True)
class RunLabels:
    """Where a run is stored, what it is called, and of which sweep it is."""

    run_dir: Path
    name: str = ""
    sweep: str | None = None


def labels(record: Record, run_dir: Path) -> RunLabels:
    """The labels of a run. Folders of a sweep's runs have the names of the runs; those of single runs do not."""
    is_in_sweep = run_dir.name == record.run_name
    return RunLabels(run_dir, record.run_name, run_dir.absolute().parent.name if is_in_sweep else None)


def package_of(spec: Spec) -> str | None:
    """The package that a logger of a service needs; None for other loggers. Raises UserError."""
    code = own_code.find(own_code.as_target(str(spec["_target_"])))
    kinds = [kind for kind in PACKAGES if isinstance(code, type) and issubclass(code, kind)]
    return PACKAGES[kinds[0]] if kinds else None


def check(name: str, spec: Spec) -> None:
    """Raise UserError for a logger of a service that cannot be used. It is not made: that would start a run."""
    what, package = f"logger={name}", package_of(spec) or ""
    services.require(package, what)
    code = own_code.find(own_code.as_target(str(spec["_target_"])))
    arguments.check(code, [key for key in spec if key != "_target_"], what, f"logger.{name}")
    if package == "wandb":
        services.check_wandb_login(what, _wandb_mode(spec))
    else:
        services.check_mlflow_uri(what, _mlflow_uri(spec))


def make(name: str, spec: Spec, run: RunLabels) -> Any:
    """A logger of a service, with the labels of its run. Raises UserError."""
    what, package = f"logger={name}", package_of(spec) or ""
    services.require(package, what)
    if package == "wandb":
        filled: dict[str, Any] = {
            "save_dir": run.run_dir,
            "name": run.name,
            "group": run.sweep,
            "mode": _wandb_mode(spec),
        }
        code = own_code.find(own_code.as_target(str(spec["_target_"])))
        if arguments.names(code) is None:  # Lightning's own takes any argument of wandb.init
            spec = {"group": filled["group"], "mode": filled["mode"], **spec}
    else:
        filled = {"run_name": run.name, "tags": {"sweep": run.sweep} if run.sweep else {}}
        _create_experiment(spec)
    return arguments.make(spec, what, f"logger.{name}", (Logger, "lightning.pytorch's Logger"), **filled)


def _wandb_mode(spec: Spec) -> str | None:
    """W&B reads its environment once; Lightning's own way to go offline comes too late for that."""
    return "offline" if spec.get("offline") else spec.get("mode")


def _mlflow_uri(spec: Spec) -> str:
    """Where MLflow's logger writes, by its own rules."""
    return str(spec.get("tracking_uri") or os.environ.get("MLFLOW_TRACKING_URI") or "file:./mlruns")


def _create_experiment(spec: Spec) -> None:
    """Lightning would log a line when it creates the experiment, and fail if another process does so as well."""
    if name := spec.get("experiment_name"):
        services.mlflow_experiment(services.mlflow_client(_mlflow_uri(spec)), name)


@contextmanager
def service_run(logger: Logger, record: Record, *, closes: bool) -> Iterator[None]:
    """While the context lasts, a run is open in the service. Other loggers are left alone.

    Args:
        logger: any logger.
        record: the run's; its final metrics are sent when the context ends without an error.
        closes: whether the logger was made for this run alone, so that its run at W&B ends here.
    """
    if not isinstance(logger, WandbLogger | MLFlowLogger):
        yield
        return
    logger.log_hyperparams(hyperparameters(record))
    status = "failed"
    try:
        yield
        status = "ok"
    except DivergedError:
        status = "diverged"
        raise
    except (KeyboardInterrupt, SystemExit):
        status = "interrupted"
        raise
    finally:
        _end(logger, record, status, closes)


def _end(logger: WandbLogger | MLFlowLogger, record: Record, status: str, closes: bool) -> None:
    """Send what is known, and close the run. A service that fails here must not cost a trained run."""
    with _failure_logged(logger):
        if finals := final_metrics(record):
            logger.log_metrics(finals)
        if isinstance(logger, MLFlowLogger):
            logger.experiment.set_tag(logger.run_id, "status", status)
        else:
            logger.experiment.summary["status"] = status
    with _failure_logged(logger):
        if isinstance(logger, MLFlowLogger):
            logger.finalize(MLFLOW_STATUS.get(status, "failed"))
        elif closes:
            logger.experiment.finish(exit_code=0 if status == "ok" else 1)


@contextmanager
def _failure_logged(logger: Logger) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        log.warning("%s: the end of the run could not be sent: %s", type(logger).__name__, explain(error))
