"""Checks before anything is written: whether a run is possible, and which data are available."""

from collections.abc import Callable, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, cast

from hydra.core.global_hydra import GlobalHydra
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from mnist_exp.config import own_sections
from mnist_exp.config.checks import check
from mnist_exp.config.compose import to_config
from mnist_exp.config.network_sizes import check_network_size
from mnist_exp.config.schema import OWN, Config, DataConfig, ModelConfig, OwnDataConfig
from mnist_exp.data import datasets
from mnist_exp.data.download import find_or_download
from mnist_exp.errors import Stop, UserError, counted
from mnist_exp.runs.files import check_run_dir
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
            config.data = with_available_data(config, list(config.hydra.overrides.task), recompose)[0].data
            check_code(to_config(config))
            check_run_dir(Path(config.hydra.run.dir))
        except Exception as error:
            raise Stop(error) from error


def refuse_sweep(config: DictConfig) -> None:
    """Raise UserError for the configuration of a single run that names many runs."""
    if config.objective.seeds is not None:
        raise UserError("objective.seeds is for Hydra's other sweepers, such as hydra/sweeper=optuna: add -m.")
    if config.sweep.until is not None:
        raise UserError("sweep.until=decided adds seeds to a sweep: add -m. In Python, call mx.sweep.")
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
    """The section `data` as its dataclass. Raises UserError."""
    if is_dataclass(OmegaConf.get_type(config.data)):
        return cast(DataConfig, OmegaConf.to_object(config.data))
    return cast(DataConfig, own_sections.section("data", config.data))


def check_code(config: Config) -> None:
    """Raise UserError for a network, or code of the user's or of others, that cannot work.

    Imports torch and the user's modules, but only where the configuration names more than built-in parts.
    """
    check_images(config)
    if _names_code(config):
        with quick_imports():
            from mnist_exp.training.own_checks import check_own_code
        check_own_code(config)


def check_images(config: Config) -> None:
    """Raise UserError for settings that do not fit the images: their size, or their number of channels."""
    channels, _, _ = config.images.input_shape
    for key, given in (("data.mean", config.data.mean), ("data.std", config.data.std)):
        if isinstance(given, Sequence) and len(given) not in (1, channels):
            raise UserError(f"{key} has {len(given)} numbers, but the images have {counted(channels, 'channel')}.")
    check_network_size(config.model, config.images.input_shape)


def _names_code(config: Config) -> bool:
    own_section = any(isinstance(getattr(config, group), kind) for group, kind in OWN.items())
    own_model = not own_sections.is_built_in(config.model) or _must_be_tried(config.model)
    other_logger = set(config.logger) - {"tensorboard"}
    return bool(own_section or own_model or other_logger or config.callbacks or config.metrics)


def _must_be_tried(model: ModelConfig) -> bool:
    """Whether activations have arguments, or each layer has its own: only building the network shows if they fit."""
    return bool(model.activation_options) or not isinstance(model.activation, str)


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
    if config.model.get("batch_norm") and train_size % batch_size == 1:
        raise UserError(
            f"data.batch_size={batch_size}: leaves a last batch of one image, which batch norm cannot take."
        )
    if config.trainer.early_stopping and not val_size:
        raise UserError("trainer.early_stopping needs a validation set: data.val_size must be above 0.")
