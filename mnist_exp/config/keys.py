"""Every key of the configuration, found in the schema: for suggestions and tab completion. Does not import torch."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin

from mnist_exp import registry
from mnist_exp.config import CONF, schema
from mnist_exp.errors import UserError, listed, nearest

# Key of an earlier version → today's. A name that ends in a dot stands for a whole section.
RENAMED = {
    "optimizer.name": "optimizer",
    "schedule.name": "schedule",
    "look.": "diagnostics.",
    "loggers": "logger",
}
SINGLE_VALUES = {int: "a whole number", float: "a number", bool: "true or false", str: "a string"}
LIST_ELEMENTS = {int: "whole numbers", float: "numbers", str: "strings"}


@dataclass(frozen=True)
class Key:
    """A key's declared type and the rules for its value."""

    type: Any
    metadata: Mapping[str, Any]

    @property
    def is_list(self) -> bool:
        return get_origin(self.type) is list

    @property
    def is_boolean(self) -> bool:
        return bool in (self.type, *get_args(self.type))

    @property
    def allows_null(self) -> bool:
        return NoneType in get_args(self.type)

    @property
    def description(self) -> str:
        """What a value must be, for error messages; as in "a whole number"."""
        if self.is_list:
            (element,) = get_args(self.type)
            return f"a list of {LIST_ELEMENTS[element]}"
        (kind,) = set(get_args(self.type)) - {NoneType} if self.allows_null else {self.type}
        return f"{SINGLE_VALUES.get(kind, 'a mapping')}{' or null' if self.allows_null else ''}"

    @property
    def values(self) -> list[str]:
        """The values that can be listed: names or booleans; empty for numbers and free text."""
        if "registry" in self.metadata:
            return registry.names(self.metadata["registry"])
        if self.is_boolean:
            return ["true", "false"]
        return list(self.metadata.get("choices", ()))


@cache
def all_keys() -> dict[str, Key]:
    """Full key → type and rules, over all choices of every group."""
    return dict(_keys(schema.Settings, ""))


def _keys(section: type[Any], path: str) -> Iterator[tuple[str, Key]]:
    for f in fields(section):
        full_key = path + f.name
        if path == "" and f.name in schema.VARIANTS:
            for kind in schema.VARIANTS[f.name].values():
                yield from _keys(kind, f"{full_key}.")
        elif isinstance(f.type, type) and is_dataclass(f.type):
            yield from _keys(f.type, f"{full_key}.")
        else:
            yield full_key, Key(f.type, f.metadata)


def is_user_key(full_key: str) -> bool:
    """Whether a user can set a key of the schema, rather than only a config file."""
    return full_key not in RENAMED and not full_key.rpartition(".")[2].startswith("_")


def nearest_key(full_key: str, here: Sequence[str]) -> str | None:
    """The key that was probably meant: a similar one of the same section, else one with the same last part.

    Args:
        full_key: As typed.
        here: The full keys that are valid where it was typed.
    """
    _, _, last = full_key.rpartition(".")
    elsewhere = [key for key in all_keys() if is_user_key(key) and not key.startswith(("claim.", "sweep."))]
    for candidates, cutoff in ((here, 0.7), (elsewhere, 1.0), (elsewhere, 0.7)):
        by_last_part = {key.rpartition(".")[2]: key for key in sorted(candidates, key=len, reverse=True)}
        if near := nearest(last, by_last_part, cutoff):
            return by_last_part[near]
    return None


def choices_with(full_key: str) -> list[str]:
    """The choices of a group whose section has this key: optimizer.betas → adam, adamw, muon."""
    group, _, key = full_key.partition(".")
    kinds = schema.VARIANTS.get(group, {})
    owners = {name for name, kind in kinds.items() if f"{group}.{key}" in dict(_keys(kind, f"{group}."))}
    return [choice for choice in group_choices(group) if owners and _schema_of(group, choice) in owners]


def groups() -> list[str]:
    """The config groups whose choices are typed as group=choice."""
    return sorted(path.name for path in CONF.iterdir() if path.is_dir() and path.name != "hydra")


@cache
def group_choices(group: str) -> list[str]:
    """The choices of a config group, by its files; those that only other files include start with _."""
    stems = sorted(path.stem for path in (CONF / group).glob("*.yaml"))
    return [stem for stem in stems if not stem.startswith("_")]


def _schema_of(group: str, choice: str) -> str | None:
    """The schema that a group's file names in its defaults."""
    found = re.search(r"/schema/(\w+)@", (CONF / group / f"{choice}.yaml").read_text())
    return found[1] if found else None


def unknown_key(full_key: str, valid: Iterable[str], section: Mapping[str, Any] | None = None) -> UserError:
    """The error for a key that a section of the configuration does not have.

    Args:
        full_key: As typed, for example optimizer.betas.
        valid: The keys that the section has.
        section: Its values. With them, a key that another choice of the same group has is answered with those choices.
    """
    owner, _, _ = full_key.rpartition(".")
    here = [f"{owner}.{key}" for key in valid] if owner else list(dict.fromkeys([*valid, *groups()]))
    here = [key for key in here if is_user_key(key)]
    if section is not None and (others := choices_with(full_key)) and "name" in section:
        have = "has" if len(others) == 1 else "have"
        return UserError(
            f"{owner}={section['name']} has no {full_key}; {listed(others)} {have} it. Valid here: {', '.join(here)}."
        )
    near = nearest_key(full_key, here)
    hint = f" Did you mean '{near}'?" if near else ""
    return UserError(f"Key '{full_key}' is unknown.{hint} Valid here: {', '.join(here)}.")
