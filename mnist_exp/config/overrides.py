"""Checks of overrides as typed, before Hydra composes them: renamed keys, and lists typed without brackets."""

import re
from collections.abc import Iterable

from mnist_exp.config.keys import RENAMED, all_keys, group_choices
from mnist_exp.config.schema import VARIANTS
from mnist_exp.errors import UserError


def check_overrides(overrides: Iterable[str]) -> None:
    """Refuse keys of earlier versions and lists without brackets, for which Hydra's messages do not help.

    Args:
        overrides: key=value each, as typed. Arguments of any other form are ignored.

    Raises:
        UserError: The message says what to type instead.
    """
    overrides = list(overrides)
    own = _groups_with_own_code(overrides)
    for override in overrides:
        typed_key, equals, value = override.partition("=")
        key = typed_key.lstrip("+~")
        prefix = typed_key.removesuffix(key)
        if not equals:
            continue
        if (current := _renamed(key)) is not None:
            raise UserError(f"{key} has been renamed: type {prefix}{current}={value} instead of {override}.")
        if value == "null" and key in ("data", *VARIANTS):
            raise UserError(f"{override}: must be one of {', '.join(group_choices(key))}.")
        # Code of the user's own may use a name, channels for example, for something else.
        known = None if key.partition(".")[0] in own else all_keys().get(key)
        # Anything with brackets, quotes or ${} is left to Hydra.
        if known is not None and known.is_list and re.fullmatch(r"[\w.,:+-]+", value) and value != "null":
            raise UserError(f"{override}: must be a list: type {prefix}{key}=[{value}].")


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
