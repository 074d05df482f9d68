"""From overrides to a typed configuration: the one way for the command, the Python API, tests and the benchmark."""

import secrets
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf

from mnist_exp.config import schema


def register() -> None:
    """Make the schema, and ${stamp:} for directory names, known to Hydra."""
    OmegaConf.register_new_resolver("stamp", _stamp, use_cache=True, replace=True)
    store = ConfigStore.instance()
    store.store("typed", schema.Config)
    for name, kind in {
        **{"dense": schema.DenseConfig, "conv": schema.ConvConfig, "whitened": schema.WhitenedConfig},
        **{"sgd": schema.SGDConfig, "adam": schema.AdamConfig, "muon": schema.MuonConfig},
        **{"constant": schema.ScheduleConfig, "warmup": schema.WarmupConfig},
    }.items():
        store.store(name, kind, group="schema")


def _stamp() -> str:
    """The time, and four characters that keep two sweeps of one second apart."""
    return f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{secrets.token_hex(2)}"


def compose(overrides: Sequence[str] = ()) -> schema.Config:
    """The configuration that the command line makes of these overrides; not checked."""
    return typed(composed(overrides))


def composed(overrides: Sequence[str] = ()) -> DictConfig:
    """The same as Hydra's own object, before it is resolved."""
    register()
    with initialize_config_dir(str(schema.CONF), version_base="1.3"):
        return hydra_compose("config", list(overrides))


def typed(composed: DictConfig) -> schema.Config:
    """Hydra's object as dataclasses, with nothing left to interpolate."""
    values: dict[str, Any] = {f.name: composed[f.name] for f in fields(schema.Config)}
    values = {k: OmegaConf.to_object(v) if OmegaConf.is_config(v) else v for k, v in values.items()}
    return schema.Config(**values)
