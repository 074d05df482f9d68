"""Checks before anything is written: whether a run is possible, and which data are available."""

import inspect
from collections.abc import Callable, Collection
from typing import Any, cast

from hydra.core.global_hydra import GlobalHydra
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from mnist_exp import registry
from mnist_exp.config.checks import check
from mnist_exp.config.schema import DataConfig, OwnDataConfig
from mnist_exp.data import datasets
from mnist_exp.data.download import find_or_download
from mnist_exp.errors import Stop, UserError, listed
from mnist_exp.runtime import quick_imports

# The arguments with which a class named in the configuration is made, if it has them.
ARGUMENTS = {"callbacks": (), "loggers": ("save_dir", "name", "version")}
Recompose = Callable[[list[str]], DictConfig]


class BeforeSingleRun(Callback):
    """Refuse a single run that cannot work, and choose its data, before its directory is created."""

    def on_run_start(self, config: DictConfig, *, config_name: str | None = None, **_: Any) -> None:
        def recompose(overrides: list[str]) -> DictConfig:
            return GlobalHydra.instance().config_loader().load_configuration(config_name, overrides, RunMode.RUN)

        try:
            check(config)
            check_classes(config)
            refuse_sweep(config)
            config.data = with_available_data(config, list(config.hydra.overrides.task), recompose)[0].data
        except Exception as error:
            raise Stop(error) from error


def refuse_sweep(config: DictConfig) -> None:
    """Raise UserError for the configuration of a single run that names many runs."""
    if config.sweep.axes or config.sweep.arms:
        raise UserError(
            "sweep=… has several runs; add -m to run each of them: mnist-exp -m sweep=…. In Python, call mx.sweep."
        )


def with_available_data(config: DictConfig, overrides: list[str], recompose: Recompose) -> tuple[DictConfig, list[str]]:
    """The configuration and its overrides, with data=mnist5k where the chosen data set is not available.

    Raises:
        UserError: There are no data, they are damaged, or they are too small for the settings.
    """
    data = data_section(config)
    with quick_imports():  # a download imports torchvision
        if isinstance(data, OwnDataConfig):
            datasets.load(data)  # what is wrong with it is reported now, once for all runs
            found = data.name
        else:
            found = find_or_download(data.name, data.root, data.fallback)
    if found != data.name:
        overrides = [o for o in overrides if not o.startswith("data=")] + [f"data={found}"]
        config = recompose(overrides)
    check_sizes(config)
    return config, overrides


def data_section(config: DictConfig) -> DataConfig:
    """The section `data` as its dataclass."""
    return cast(DataConfig, OmegaConf.to_object(config.data))


def check_classes(config: DictConfig) -> None:
    """Raise UserError for a callback or logger, named as "module:Class", that cannot be made.

    Imports the user's modules and Lightning, but only where such a class is named.
    """
    for key, arguments in ARGUMENTS.items():
        for name in config[key]:
            if registry.is_target(name):
                _check_class(key, name, arguments)


def _check_class(key: str, name: str, arguments: Collection[str]) -> None:
    with quick_imports():
        kind = registry.resolve(key, name)
        from lightning.pytorch import Callback as LightningCallback
        from lightning.pytorch.loggers import Logger
    base: type[Any] = LightningCallback if key == "callbacks" else Logger
    if not (inspect.isclass(kind) and issubclass(kind, base)):
        raise UserError(f"{key}: {name} must be a class derived from lightning.pytorch's {base.__name__}.")
    if missing := [one for one in _required_arguments(kind) if one not in arguments]:
        raise UserError(
            f"{key}: {name} cannot be made without {listed(missing)}. Give every argument a default value, "
            f"or pass the object to mnist_exp.train({key}=[…]) in Python."
        )
    if abstract := sorted(getattr(kind, "__abstractmethods__", ())):
        raise UserError(f"{key}: {name} does not define {listed(abstract)}.")


def _required_arguments(kind: type[Any]) -> list[str]:
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(kind).parameters.values()
    return [one.name for one in parameters if one.default is one.empty and one.kind not in variadic]


def check_sizes(config: DictConfig) -> None:
    """Raise UserError for settings for which the data set is too small."""
    data = datasets.completed(data_section(config))
    name, val_size, batch_size = data.name, data.val_size, data.batch_size
    available = datasets.train_size(data)
    train_size = available - val_size
    if train_size < 1:
        raise UserError(f"data.val_size={val_size}: must leave something of {name}'s {available} to train on.")
    if batch_size > train_size:
        raise UserError(
            f"data.batch_size={batch_size}: must be at most {train_size}, the training images of {name} "
            f"(data.val_size={val_size} set aside)."
        )
    if config.model.batch_norm and train_size % batch_size == 1:
        raise UserError(
            f"data.batch_size={batch_size}: leaves a last batch of one image, which batch norm cannot take."
        )
    if config.trainer.early_stopping and not val_size:
        raise UserError("trainer.early_stopping needs a validation set: data.val_size must be above 0.")
