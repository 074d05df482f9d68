"""Error messages: one line that says what is wrong and what to type."""

import difflib
import errno
import re
from collections.abc import Iterable, Mapping
from typing import Any


class UserError(Exception):
    """An error that the user can correct. Its text is the one line that is printed."""


class Stop(SystemExit):
    """Carries an error out through Hydra, which prints or swallows ordinary exceptions."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(1)
        self.reason = reason


def nearest(name: str, valid: Iterable[str], cutoff: float = 0.4) -> str | None:
    """The valid name most like `name`, without regard to case, _ and -; None if none is similar."""
    # Sorted by length so that `lr` is compared before longer names of equal similarity.
    choices = {_normalised(choice): choice for choice in sorted(valid, key=len, reverse=True)}
    found = difflib.get_close_matches(_normalised(name), list(reversed(choices)), n=1, cutoff=cutoff)
    return choices[found[0]] if found else None


def _normalised(name: str) -> str:
    return re.sub("[_-]", "", name.casefold())


def unknown(what: str, name: str, valid: Iterable[str]) -> UserError:
    """The error for a mistyped name, with the nearest valid name and a list of all."""
    choices = [str(choice) for choice in valid]
    near = nearest(name, choices)
    hint = f" Did you mean '{near}'?" if near else ""
    return UserError(f"{what} '{name}' is unknown.{hint} Valid here: {', '.join(choices)}.")


def explain(error: BaseException) -> str:
    """One line for any error in which a run or its configuration can end."""
    from hydra.errors import MissingConfigException, OverrideParseException
    from omegaconf.errors import OmegaConfBaseException

    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MissingConfigException):
        return _explain_missing_choice(error)
    if "Ambiguous value for argument" in str(error):
        override = str(error).split("'")[1]
        return f"{override} names several values: for a run with each, add -m, as in mnist-exp -m {override}"
    if isinstance(error, OverrideParseException):
        return f"'{error.override}' cannot be parsed: type settings as key=value, with quotes around odd characters."
    if isinstance(error, ValueError) and isinstance(error.__cause__, OSError):  # logging wraps it
        return explain(error.__cause__)
    cause = error if isinstance(error, OmegaConfBaseException) else error.__cause__
    if isinstance(cause, OmegaConfBaseException):
        return _explain_bad_value(cause)
    if isinstance(error, OSError) and error.strerror:
        return _explain_os_error(error)
    first_line = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def _explain_os_error(error: OSError) -> str:
    where = f": {error.filename}" if error.filename else ""
    advice = "; free some space and type the same command again" if error.errno == errno.ENOSPC else ""
    return f"{error.strerror}{where}{advice}"


def _explain_missing_choice(error: BaseException) -> str:
    """A config group has no such file."""
    missing, options = getattr(error, "missing_cfg_file", None), getattr(error, "options", None)
    if not missing or options is None:
        return " ".join(str(error).split())
    group, _, name = str(missing).rpartition("/")
    return str(unknown(group.strip("/"), name, options))


def _explain_bad_value(error: BaseException) -> str:
    """An OmegaConf error names the key and the section where it occurred."""
    key = str(getattr(error, "full_key", "") or getattr(error, "key", "") or "")
    first_line = str(error).splitlines()[0]
    fields = getattr(getattr(error, "object_type", None), "__dataclass_fields__", None)
    if fields is not None and key.rpartition(".")[2] not in fields:
        section: Mapping[str, Any] | None = getattr(error, "parent_node", None)
        return str(unknown_key(key, fields, section))
    return f"{key}: {first_line}" if key and key not in first_line else first_line


def unknown_key(full_key: str, valid: Iterable[str], section: Mapping[str, Any] | None = None) -> UserError:
    """The error for a key that a section of the configuration does not have.

    Args:
        full_key: As typed, for example optimizer.betas.
        valid: The keys that the section has.
        section: Its values. With them, a key that another choice of the same group has is answered with those choices.
    """
    from mnist_exp.config import keys

    owner, _, _ = full_key.rpartition(".")
    here = [f"{owner}.{key}" for key in valid] if owner else list(dict.fromkeys([*valid, *keys.groups()]))
    here = [key for key in here if keys.is_typed(key)]
    if section is not None and (others := keys.choices_with(full_key)) and "name" in section:
        return UserError(
            f"{full_key} is no setting of {owner}={section['name']}: it belongs to {owner}={','.join(others)}. "
            f"Valid here: {', '.join(here)}."
        )
    near = keys.nearest_key(full_key, here)
    hint = f" Did you mean '{near}'?" if near else ""
    return UserError(f"Key '{full_key}' is unknown.{hint} Valid here: {', '.join(here)}.")
