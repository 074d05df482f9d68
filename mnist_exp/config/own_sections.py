"""Sections of the user's own: a config file with `_target_` and arguments beside it, and without a schema."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mnist_exp import own_code
from mnist_exp.arguments import takes
from mnist_exp.config.fields import as_plain_name
from mnist_exp.config.schema import LISTS, OWN, Config, ModelConfig, OwnDataConfig
from mnist_exp.data.datasets import completed, sources
from mnist_exp.errors import UserError

# What a file of the user's own need not set.
DEFAULTS: dict[str, dict[str, Any]] = {
    "data": {"classes": None, "val_size": None},
    "model": {},
    "optimizer": {},
    "schedule": {"interval": "step"},
}


def section(group: str, node: DictConfig) -> Any:
    """The section as a dataclass of `schema.OWN`. Raises UserError or OmegaConf's errors."""
    values: Any = OmegaConf.to_container(node, resolve=True)
    if not values.get("_target_"):
        raise UserError(f"{group}: its config file needs _target_, which names the code: FILE.py:NAME or MODULE.NAME.")
    target = own_code.as_target(values.pop("_target_"))
    known = {f.name for f in fields(OWN[group])}
    own = {key: values.pop(key) for key in list(values) if key in known}
    defaults = {"name": _name(group, target, str(own.get("root"))), **DEFAULTS[group]}
    given = {**defaults, **own, "_target_": target, "options": values}
    # Inside the group, so that errors name the full key.
    typed: Any = OmegaConf.merge({group: OmegaConf.structured(OWN[group])}, {group: given})
    found = OmegaConf.to_object(typed[group])
    if group == "model":
        _note_activation(found)
    return completed(found) if isinstance(found, OwnDataConfig) else found


def _name(group: str, target: str, root: str) -> str:
    """A class has a name of its own. Functions that return data are often called `load`; ours read any folder."""
    if group != "data":
        return target.rpartition(":")[2]
    name = Path(root).expanduser().resolve().name if target.startswith("mnist_exp.") else own_code.label(target)
    return as_plain_name(name) or "data"


def _note_activation(model: Any) -> None:
    """A network whose signature has no `activation` has none that could be compared."""
    network = own_code.find(model._target_)
    if callable(network) and not takes(network, "activation"):
        model.uses_activation = False


def is_built_in(model: ModelConfig) -> bool:
    """Whether a network and its activations are this package's or PyTorch's own, by their names."""
    return model._target_.startswith("mnist_exp.") and not any(map(own_code.is_target, model.activations()))


def digests(config: Config) -> dict[str, str]:
    """What the user's own code and data are: a hash of each, by the name that was typed. Raises UserError."""
    found = {name: own_code.source_digest(target) for name, target in targets(config).items()}
    return {name: digest for name, digest in found.items() if digest} | sources(config.data)


def targets(config: Config) -> dict[str, str]:
    """All code that is named in the sections that decide a run's numbers, by its label.

    Not the function that returns own data: what it returns decides.
    """
    named: list[Any] = [*config.model.activations(), own_code.as_target(config.model._target_)]
    named += [getattr(section, "_target_", None) for section in (config.optimizer, config.schedule)]
    for name in LISTS:
        if name != "logger":
            named += [own_code.as_target(part["_target_"]) for part in getattr(config, name).values()]
    return {own_code.label(name): name for name in named if name is not None and own_code.is_target(name)}
