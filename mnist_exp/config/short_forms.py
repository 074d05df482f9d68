"""Choices that have no config file: a group's value that names code, as in model=./my_net.py:ResNet."""

from dataclasses import fields
from typing import Any

from mnist_exp import own_code
from mnist_exp.arguments import parameters
from mnist_exp.config.own_sections import DEFAULTS
from mnist_exp.config.schema import LISTS, OWN

TORCHMETRICS = "torchmetrics.classification"
SETTABLE = {"schedule": DEFAULTS["schedule"]}  # keys of a section that no argument has
# Arguments that are filled in when the object is made, so that they are no settings.
FILLED_IN = {
    *("activation", "input_shape", "num_classes", "background"),  # of a network or a metric
    *("params", "optimizer", "steps", "last_epoch"),  # of an optimizer or a schedule
    *("save_dir", "version", "validate_args"),  # of a logger or a metric
}


def is_short_form(config_path: str) -> bool:
    """Whether a path in the configuration, such as model/./my_net.py:ResNet, names code."""
    group, _, name = config_path.partition("/")
    return (group in OWN or group in LISTS) and (own_code.is_target(name) or (group == "metrics" and _is_metric(name)))


def _is_metric(name: str) -> bool:
    """Whether torchmetrics has a classification metric of that name, with or without "Multiclass" in front."""
    return name.isidentifier() and name[:1].isupper() and _metric_class(name) is not None


def _metric_class(name: str) -> str | None:
    from torchmetrics import classification

    candidates = (name, f"Multiclass{name}")
    return next((n for n in candidates if n.startswith("Multiclass") and hasattr(classification, n)), None)


def content(config_path: str) -> dict[str, Any]:
    """What the config file would hold: `_target_`, and every argument that has a plain default value.

    Raises UserError if the code cannot be found or imported.
    """
    group, _, name = config_path.partition("/")
    target = name if own_code.is_target(name) else f"{TORCHMETRICS}:{_metric_class(name)}"
    taken = FILLED_IN | ({f.name for f in fields(OWN[group])} if group in OWN else set())
    code = own_code.find(target)
    values = {"_target_": target, **SETTABLE.get(group, {}), **_plain_defaults(code, taken)}
    return {name.rpartition(":")[2]: values} if group in LISTS else values


def _plain_defaults(code: Any, taken: set[str]) -> dict[str, Any]:
    """The arguments with default values that a config file can hold."""
    defaults = {one.name: one.default for one in parameters(code) or () if one.name not in taken}
    return {name: _as_list(value) for name, value in defaults.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    return isinstance(value, bool | int | float | str)


def _as_list(value: Any) -> Any:
    return [_as_list(item) for item in value] if isinstance(value, list | tuple) else value
