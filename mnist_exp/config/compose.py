"""Overrides → typed configuration, for the command, the Python API, tests and the benchmark."""

import secrets
from collections.abc import Sequence
from dataclasses import field, fields, is_dataclass, make_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import MISSING, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mnist_exp import own_code
from mnist_exp.command_line import is_folder
from mnist_exp.config import CONF, own_sections, schema
from mnist_exp.config.checks import check
from mnist_exp.config.fields import as_plain_name
from mnist_exp.config.overrides import check_overrides
from mnist_exp.data.datasets import image_facts
from mnist_exp.error_messages import explain
from mnist_exp.errors import UserError


def register() -> None:
    """Make the schema, and two resolvers for directory names, known to Hydra. Calling it again changes nothing."""
    OmegaConf.register_new_resolver("stamp", stamp, use_cache=True, replace=True)
    OmegaConf.register_new_resolver("run_label", _run_label, replace=True)
    store = ConfigStore.instance()
    store.store("typed", _typed_settings())
    for kinds in schema.VARIANTS.values():
        for name, kind in kinds.items():
            store.store(name, kind, group="schema")


def _typed_settings() -> type[Any]:
    """The schema of all settings. The type of some sections is chosen by a file of their group."""
    typed = [
        (f.name, Any if f.name in schema.VARIANTS else f.type, field(default=MISSING, metadata=f.metadata))
        for f in fields(schema.Settings)
    ]
    return make_dataclass("Settings", typed)


def stamp() -> str:
    """The time, and four characters that keep two sweeps of one second apart."""
    return f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{secrets.token_hex(2)}"


def _run_label(*, _root_: DictConfig) -> str:
    model = _root_.model
    name = model.get("name") or own_code.as_target(model._target_).rpartition(":")[2]
    return run_label(name, model.activation, _root_.seed)


def run_label(network: str, activation: str | Sequence[str], seed: int) -> str:
    """What the folder of a single run is named after in addition to the time."""
    return as_plain_name(f"{network}_{own_code.labels(activation)}_seed{seed}")


def search_path(config_dir: Path | str | None) -> list[str]:
    """The override that makes Hydra take config files from a folder of the user's too. Raises UserError."""
    if config_dir is None:
        return []
    folder = Path(config_dir).expanduser().resolve()
    if not is_folder(folder) or not str(config_dir):
        raise UserError(f"config_dir={config_dir}: there is no such folder.")
    return [f"hydra.searchpath=['file://{folder}']"]


def command_line_dir(hydra: Any) -> str | None:
    """The folder that was named with --config-dir, from Hydra's own section of a configuration."""
    sources = hydra.get("runtime", {}).get("config_sources", [])
    return next((source.path for source in sources if source.provider == "command-line"), None)


def compose(overrides: Sequence[str] = ()) -> schema.Config:
    """The configuration that the command makes of these overrides, checked.

    Args:
        overrides: key=value each, as on the command line, for example ["model=mlp", "model.activation=mish"].

    Returns:
        The whole configuration as dataclasses.

    Raises:
        UserError: An override is not valid; one line says why and what is valid, as the command prints it.

    >>> compose(["model=mlp", "model.activation=mish"]).model.activation
    'mish'
    """
    return compose_both(overrides)[1]


def compose_both(overrides: Sequence[str]) -> tuple[DictConfig, schema.Config]:
    """Hydra's own object, and the configuration that `compose` returns. Raises UserError."""
    check_overrides(overrides)
    try:
        found = composed(overrides)
        check(found)
        return found, to_config(found)
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(explain(error)) from error


def composed(overrides: Sequence[str] = ()) -> DictConfig:
    """Hydra's own object for the same overrides: not checked, and with interpolations not resolved."""
    register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return hydra_compose("config", list(overrides))


def to_config(composed: DictConfig) -> schema.Config:
    """Hydra's object as dataclasses, with every interpolation resolved."""
    values = {f.name: _section(f.name, composed[f.name]) for f in fields(schema.Settings)}
    config = schema.Config(**values, images=image_facts(values["data"]), sources={})
    config.sources = own_sections.digests(config)
    return config


def _section(name: str, node: Any) -> Any:
    if not OmegaConf.is_config(node):
        return node
    if name in schema.VARIANTS and not is_dataclass(OmegaConf.get_type(node)):
        return own_sections.section(name, node)
    return OmegaConf.to_object(node)
