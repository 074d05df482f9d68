"""Checks of overrides as typed, before Hydra composes them: what it would misread, or answer in its own terms."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep

from mnist_exp.config.keys import RENAMED, all_keys, group_choices, groups
from mnist_exp.config.schema import LISTS, VARIANTS
from mnist_exp.errors import UserError, unknown

# Hydra's own settings that name a folder. Empty, they would be the current one.
FOLDERS = ("hydra.run.dir", "hydra.sweep.dir")


def check_overrides(overrides: Iterable[str]) -> None:
    """Refuse what Hydra would accept and misread, or refuse without saying what to type.

    Args:
        overrides: key=value each, as typed. Arguments of any other form are ignored.

    Raises:
        UserError: The message says what to type instead.
        OverrideParseException: Hydra cannot parse an override.
    """
    overrides = list(overrides)
    own = _groups_with_own_code(overrides)
    _check_texts(overrides, own)
    typed = [one for one in overrides if not one.startswith("-") and ("=" in one or one.startswith("~"))]
    for override in OverridesParser.create().parse_overrides(typed):
        _check_group(override)
        if override.key_or_group.partition(".")[0] not in own:
            _check_boolean(override)
        if override.key_or_group in FOLDERS and any(value == "" for value in _values(override)):
            raise UserError(f"{override.input_line}: {override.key_or_group} must be the name of a folder.")


def _check_texts(overrides: Iterable[str], own: set[str]) -> None:
    """Refuse renamed keys and lists without brackets."""
    for override in overrides:
        typed_key, equals, value = override.partition("=")
        key = typed_key.lstrip("+~")
        prefix = typed_key.removesuffix(key)
        if not equals:
            continue
        if not key:
            raise UserError(f"'{override}' has no key: type settings as key=value.")
        if (current := _renamed(key)) is not None:
            raise UserError(f"{key} has been renamed: type {prefix}{current}={value} instead of {override}.")
        # Code of the user's own may use a name, channels for example, for something else.
        known = None if key.partition(".")[0] in own else all_keys().get(key)
        # Anything with brackets, quotes or ${} is left to Hydra.
        if known is not None and known.is_list and re.fullmatch(r"[\w.,:+-]+", value) and value != "null":
            raise UserError(f"{override}: must be a list: type {prefix}{key}=[{value}].")


def _check_group(override: Override) -> None:
    """Refuse what is not the name of a choice, such as {}, which Hydra would take without a word."""
    key = override.key_or_group
    if key == "hydra":
        raise UserError(f"{override.input_line}: hydra is a section: set its keys, for example hydra.run.dir.")
    if key not in groups():
        return
    for value in _values(override):
        if isinstance(value, dict) and key in LISTS:
            raise UserError(f"{override.input_line}: must be a list of names: type {key}=[] for none.")
        is_nothing = value is None and (key in VARIANTS or override.is_delete())
        if is_nothing or isinstance(value, dict) or (isinstance(value, list) and key not in LISTS):
            raise UserError(f"{override.input_line}: must be one of {', '.join(group_choices(key))}.")
        if isinstance(value, bool | int | float):
            raise unknown(key, str(value), group_choices(key))


def _check_boolean(override: Override) -> None:
    """Refuse numbers for true and false: OmegaConf would take 7 for true."""
    known = all_keys().get(override.key_or_group)
    if known is None or not known.is_boolean or override.is_delete():
        return
    for value in _values(override):
        if not isinstance(value, bool | str | None):
            raise UserError(f"{override.key_or_group}: must be {known.description}, not '{value}'.")


def _values(override: Override) -> Iterator[Any]:
    """The value, or each of several; of a range, its start."""
    value: Any = override.value()
    if isinstance(value, RangeSweep):
        yield value.start
    elif isinstance(value, ChoiceSweep):
        yield from value.list
    elif not override.is_sweep_override():
        yield value


def _groups_with_own_code(overrides: list[str]) -> set[str]:
    """The groups for which something else than a built-in choice is typed."""
    typed = {key: values.split(",") for key, _, values in (override.partition("=") for override in overrides)}
    return {group for group in VARIANTS if not set(typed.get(group, ())) <= set(group_choices(group))}


def _renamed(key: str) -> str | None:
    """Today's name of a key; None if it has not been renamed."""
    for old, new in RENAMED.items():
        if key == old or (old.endswith(".") and key.startswith(old)):
            return new + key.removeprefix(old)
    return None
