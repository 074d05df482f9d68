"""Checks of a composed configuration that its types alone do not make: keys, names, bounds, contradictions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, cast

from omegaconf import DictConfig, ListConfig, OmegaConf

from mnist_exp import own_code, registry
from mnist_exp.config import own_sections
from mnist_exp.config.keys import unknown_key
from mnist_exp.config.schema import VARIANTS
from mnist_exp.errors import UserError, unknown


def check(composed: DictConfig) -> None:
    """Check a whole configuration.

    Args:
        composed: Hydra's object, as `compose.composed` returns it.

    Raises:
        UserError: For the first key or value that is not valid, in one line that says what is.
    """
    for path, node in _sections(composed):
        if path.rstrip(".") in VARIANTS and not is_dataclass(OmegaConf.get_type(node)):
            node = OmegaConf.structured(own_sections.section(path.rstrip("."), node))
        if not is_dataclass(OmegaConf.get_type(node)):
            continue  # arguments of the user's own code, or the axes of a sweep: any keys
        known = {f.name: f for f in fields(cast(Any, OmegaConf.get_type(node)))}
        if absent := [key for key in known if key not in node]:
            raise UserError(f"{path}{absent[0]} has been removed, but every run needs it.")
        for key in map(str, node):
            full_key = path + key
            if key in known:
                _check_value(full_key, node[key], known[key].metadata)
            elif full_key != "hydra":
                raise unknown_key(full_key, known, node)
    _check_activation(composed.model)


def _sections(node: DictConfig, path: str = "") -> Iterator[tuple[str, DictConfig]]:
    yield path, node
    for key in node:
        if isinstance(child := node[key], DictConfig) and str(key) != "hydra":
            yield from _sections(child, f"{path}{key!s}.")


def _check_value(full_key: str, value: Any, metadata: Mapping[str, Any]) -> None:
    if value is None:
        if metadata.get("required"):
            raise UserError(f"{full_key}: must not be null.")
        return
    if "is_valid" in metadata and not metadata["is_valid"](value):
        raise UserError(f"{full_key}={value}: must be {metadata['rule']}.")
    if "choices" in metadata and value not in metadata["choices"]:
        raise unknown(full_key, str(value), metadata["choices"])
    if "registry" in metadata:
        names = list(value) if isinstance(value, ListConfig) else [value]
        if not names:
            raise UserError(f"{full_key}=[]: name at least one.")
        for name in names:
            _check_name(full_key, name, metadata["registry"])


def _check_name(full_key: str, value: Any, kind: str) -> None:
    """A name of the table; for an activation also code of the user's own."""
    if value in registry.names(kind) or (kind == "activation" and own_code.is_target(value)):
        return
    if kind == "activation" and re.search(r"[./:]", str(value)):
        raise UserError(f"{full_key}={value}: write your own as FILE.py:NAME or MODULE:NAME, as in ./my_act.py:Snake.")
    own = " Your own is named by its file: ./FILE.py:NAME." if kind == "activation" else ""
    raise UserError(f"{unknown(full_key, str(value), registry.names(kind))}{own}")


def _check_activation(model: DictConfig) -> None:
    """Refuse a built-in network whose layers contradict uses_activation. Other networks are taken at their word."""
    module, _, name = str(model._target_).rpartition(".")
    if f"{module}:{name}" not in registry.NETWORKS.values():
        return
    hidden = [key for key in ("channels", "hidden") if model.get(key)]
    if hidden and not model.uses_activation:
        key = hidden[-1]
        choice = "cnn" if key == "channels" else "mlp"
        value = ",".join(map(str, model[key]))
        raise UserError(
            f"model={model.name} is declared to have no activation (model.uses_activation=false), but "
            f"model.{key}=[{value}] gives it hidden units: type model={choice} model.{key}=[{value}]."
        )
    if not hidden and model.uses_activation:
        raise UserError(
            f"model={model.name} is declared to have an activation, but without hidden units it has none: "
            f"type model=softmax."
        )
