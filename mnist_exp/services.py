"""Weights & Biases and MLflow: whether they can be used, and how they are set up. Does not import torch.

Their packages are extras of the same names. They are imported only after `require`.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

from mnist_exp.errors import UserError

if TYPE_CHECKING:
    from mlflow import MlflowClient

MLFLOW_SCHEMES = ("sqlite", "mysql", "postgresql", "mssql", "databricks")
SECONDS_TO_ANSWER = 10
# What the packages read when they are imported, unless the user has set it.
ENVIRONMENT = {
    "WANDB_SILENT": "true",  # some ten lines per run otherwise
    "MLFLOW_LOGGING_LEVEL": "WARNING",  # lines about its tables otherwise
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # two lines per run otherwise
    "MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS": "1",  # values are sent together, not one by one
    "GIT_PYTHON_REFRESH": "quiet",  # both want to know the commit; a machine may have no git
}


def require(package: str, what: str) -> None:
    """Prepare the import of wandb or mlflow. Raises UserError, which names the extra, if it is not installed.

    Args:
        package: The package, and the extra.
        what: What needs it, for the error message.
    """
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:  # without origin: the folder wandb/, which W&B writes, is no package
        raise UserError(f'{what} needs the package {package}: pip install "mnist_exp[{package}]"')
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if package == "wandb":
        import wandb

        wandb.setup()  # it reads WANDB_SILENT here; warnings before that are printed


def check_wandb_login(what: str, mode: str | None = None) -> None:
    """Raise UserError if a run would be sent to Weights & Biases and nobody is logged in there.

    Args:
        what: What needs it, for the error message.
        mode: W&B's mode; None is what the environment and W&B's settings say.
    """
    import wandb

    advice = "Set WANDB_MODE=offline to write files that can be uploaded later."
    if (mode or wandb.setup().settings.mode) not in ("online", "shared"):
        return
    try:
        has_key = wandb.login(prompt=False)
    except wandb.errors.Error as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise UserError(f"{what}: Weights & Biases does not accept the login ({reason}). {advice}") from error
    if not has_key:
        raise UserError(f"{what}: nobody is logged in to Weights & Biases: type `wandb login`. {advice}")


def check_mlflow_uri(what: str, uri: str) -> None:
    """Raise UserError for a folder that this version of MLflow does not write to, and a server that does not answer.

    MLflow itself tries for minutes.
    """
    if uri.startswith(("http://", "https://")):
        try:
            urlopen(f"{uri.rstrip('/')}/health", timeout=SECONDS_TO_ANSWER).close()
        except HTTPError:
            pass  # it does answer; who may use it is for MLflow to say
        except (OSError, ValueError) as error:
            raise UserError(f"{what}: {uri} does not answer ({getattr(error, 'reason', error)}).") from error
    elif "://" not in uri or uri.startswith("file:"):
        _check_folder(what, uri)
    elif re.split(r"[+:]", uri)[0] not in MLFLOW_SCHEMES:
        raise UserError(f"{what}: {uri} must begin with http, https, {' or '.join(MLFLOW_SCHEMES)}.")


def _check_folder(what: str, uri: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        mlflow_client(uri)
    except MlflowException as error:
        raise UserError(
            f"{what}: MLflow no longer writes to folders such as {uri}. Set sqlite:///mlflow.db, or a server's address."
        ) from error


def mlflow_client(uri: str) -> "MlflowClient":
    """MLflow's client. Its tables are created where there are none, by one process at a time.

    Without the lock two processes that start together leave a database that MLflow cannot open any more.
    """
    from mlflow import MlflowClient

    name = hashlib.sha256(f"{Path.cwd()} {uri}".encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"mnist_exp_mlflow_{os.getuid()}_{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        return MlflowClient(uri)


def mlflow_experiment(client: "MlflowClient", name: str) -> str:
    """The id of an MLflow experiment, which is created if there is none. Several processes may do so at once.

    Raises UserError if it was deleted.
    """
    from mlflow.exceptions import MlflowException

    if client.get_experiment_by_name(name) is None:
        with suppress(MlflowException):  # another process was faster
            client.create_experiment(name)
    found = client.get_experiment_by_name(name)
    if found is None or found.lifecycle_stage == "deleted":
        raise UserError(f"MLflow's experiment {name} was deleted: restore it, or choose another name.")
    return str(found.experiment_id)
