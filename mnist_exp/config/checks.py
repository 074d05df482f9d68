"""Refusing values that the types alone let through: unknown keys, unknown names, values out of bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from mnist_exp import registry
from mnist_exp.errors import UserError, unknown, unknown_key


def check(composed: DictConfig) -> None:
    """Raise UserError for the first thing wrong in a composed configuration."""
    for path, node in _sections(composed):
        if not is_dataclass(OmegaConf.get_type(node)):
            continue  # the axes of a sweep are named after any keys
        known = {f.name: f for f in fields(cast(Any, OmegaConf.get_type(node)))}
        if gone := [key for key in known if key not in node]:
            raise UserError(f"{path}{gone[0]} has been removed, but every run needs it.")
        for key in map(str, node):
            full_key = path + key
            if key not in known:
                if full_key != "hydra":
                    raise unknown_key(full_key, known)
                continue
            _check_value(full_key, node[key], known[key].metadata)


def _sections(node: DictConfig, path: str = "") -> Iterator[tuple[str, DictConfig]]:
    yield path, node
    for key in node:
        if isinstance(child := node[key], DictConfig) and str(key) != "hydra":
            yield from _sections(child, f"{path}{key!s}.")


def _check_value(full_key: str, value: Any, metadata: Mapping[str, Any]) -> None:
    if value is None:
        return
    if "holds" in metadata and not metadata["holds"](value):
        raise UserError(f"{full_key}={value}: must be {metadata['be']}.")
    if "choices" in metadata and value not in metadata["choices"]:
        raise unknown(full_key, str(value), metadata["choices"])
    if "registry" in metadata and value not in registry.names(metadata["registry"]):
        raise unknown(full_key, str(value), registry.names(metadata["registry"]))
