"""Plain values, as records and checkpoints hold them → the dataclasses of the schema."""

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_type_hints

from mnist_exp.config.migration import migrated
from mnist_exp.config.schema import OWN, VARIANTS, Config, ImageFacts, OwnDataConfig, Settings
from mnist_exp.data.datasets import image_facts


def build_config(values: dict[str, Any]) -> Config:
    """The configuration in a record of this version or an earlier one; KeyError where something is missing."""
    settings: Settings = _build(Settings, migrated(values))
    sections = {f.name: getattr(settings, f.name) for f in fields(Settings)}
    images = values.get("images")  # earlier versions had MNIST alone, and no code of the user's
    if not images and isinstance(settings.data, OwnDataConfig):
        raise KeyError("images")  # taking them from the data would run the user's code
    facts = ImageFacts(**images) if images else image_facts(settings.data)
    return Config(**sections, images=facts, sources=values.get("sources", {}))


def build_section(section: str, values: dict[str, Any]) -> Any:
    """A section of a group with several classes, as the class whose keys the values have."""
    kinds = (OWN[section], *VARIANTS[section].values())
    kind = next((c for c in kinds if {f.name for f in fields(c)} <= values.keys()), kinds[-1])
    return _build(kind, values)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: type[Any], values: dict[str, Any]) -> Any:
    hints = _hints(kind)  # type: ignore[arg-type]
    found: dict[str, Any] = {}
    for f in fields(kind):
        value = values[f.name]
        if f.name in VARIANTS and kind is Settings:
            found[f.name] = build_section(f.name, value)
        elif is_dataclass(hints[f.name]):
            found[f.name] = _build(hints[f.name], value)
        else:
            found[f.name] = {int(k): v for k, v in value.items()} if f.name == "epochs" else value
    return kind(**found)
