"""Checks before anything is written: whether the configuration is valid, and which data are available."""

from collections.abc import Callable
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig

from mnist_exp.config.checks import check
from mnist_exp.data.datasets import DATASETS
from mnist_exp.data.download import find_or_download
from mnist_exp.errors import Stop, UserError
from mnist_exp.runtime import quick_imports

Recompose = Callable[[list[str]], DictConfig]


class BeforeSingleRun(Callback):
    """Refuse a single run that cannot work, and choose its data, before its directory is created."""

    def on_run_start(self, config: DictConfig, *, config_name: str | None = None, **_: Any) -> None:
        def recompose(overrides: list[str]) -> DictConfig:
            return GlobalHydra.instance().config_loader().load_configuration(config_name, overrides, RunMode.RUN)

        try:
            check(config)
            refuse_sweep(config)
            config.data = settle(config, list(config.hydra.overrides.task), recompose)[0].data
        except Exception as error:
            raise Stop(error) from error


def refuse_sweep(config: DictConfig) -> None:
    """Raise UserError for the configuration of a single run that names many runs."""
    if config.sweep.axes or config.sweep.arms:
        raise UserError("sweep=… names many runs: add -m, as in mnist-exp -m sweep=…; in Python, call mx.sweep.")


def settle(config: DictConfig, overrides: list[str], recompose: Recompose) -> tuple[DictConfig, list[str]]:
    """The configuration and its overrides, with data=mnist5k where the chosen data set is not available."""
    chosen = config.data.name
    with quick_imports():  # a download imports torchvision
        found = find_or_download(chosen, config.data.root, config.data.fallback)
    if found != chosen:
        overrides = [o for o in overrides if not o.startswith("data=")] + [f"data={found}"]
        config = recompose(overrides)
    check_sizes(config)
    return config, overrides


def check_sizes(config: DictConfig) -> None:
    """Raise UserError for settings for which the data set is too small."""
    name, val_size, batch_size = config.data.name, config.data.val_size, config.data.batch_size
    available = DATASETS[name].train_size
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
