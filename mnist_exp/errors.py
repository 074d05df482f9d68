"""What a person reads when something is wrong: one line that says what to do."""

import difflib
import errno
import re
from collections.abc import Iterable


class UserError(Exception):
    """Something the person at the keyboard can mend; its text is the one line they read."""


class Stop(SystemExit):
    """An error on its way out through Hydra, which prints or swallows ordinary exceptions."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(1)
        self.reason = reason


def unknown(what: str, name: str, valid: Iterable[str]) -> UserError:
    """The error for a mistyped name: what is valid, and the nearest of it."""
    choices = [str(choice) for choice in valid]
    # Sorted by length so that `lr` is compared before longer names of equal likeness.
    near = difflib.get_close_matches(name, sorted(choices, key=len), n=1, cutoff=0.4)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return UserError(f"{what} '{name}' is unknown.{hint} Valid here: {', '.join(choices)}.")


def explain(error: BaseException) -> str:
    """One line for any error a run or its configuration can end in."""
    from hydra.errors import MissingConfigException, OverrideParseException
    from omegaconf.errors import OmegaConfBaseException

    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MissingConfigException):
        return _explain_missing_group(error)
    if "Ambiguous value for argument" in str(error):
        typed = str(error).split("'")[1]
        return f"{typed} names several values: to do a run with each, add -m, as in python -m mnist_exp -m {typed}"
    if isinstance(error, OverrideParseException):
        return f"'{error.override}' cannot be read: settings are typed as key=value, with quotes around odd characters."
    if isinstance(error, ValueError) and isinstance(error.__cause__, OSError):  # logging hides what it met
        return explain(error.__cause__)
    cause = error if isinstance(error, OmegaConfBaseException) else error.__cause__
    if isinstance(cause, OmegaConfBaseException):
        return _explain_bad_value(cause)
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        advice = "; free some space and type the same command again" if error.errno == errno.ENOSPC else ""
        return f"{error.strerror}{where}{advice}"
    first_line = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def _explain_missing_group(error: BaseException) -> str:
    missing, options = getattr(error, "missing_cfg_file", None), getattr(error, "options", None)
    if not missing or options is None:
        return " ".join(str(error).split())
    group, _, name = str(missing).rpartition("/")
    return str(unknown(group.strip("/"), name, options))


def _explain_bad_value(error: BaseException) -> str:
    """An OmegaConf error names the key it happened at and, for a chosen name, what it would have taken there."""
    key = str(getattr(error, "full_key", "") or getattr(error, "key", "") or "")
    first_line = str(error).splitlines()[0]
    if choice := re.fullmatch(r"Invalid value '(.*)', expected one of \[(.*)\]", first_line):
        return str(unknown(key, choice[1], choice[2].split(", ")))
    fields = getattr(getattr(error, "object_type", None), "__dataclass_fields__", None)
    if fields is not None and key.rpartition(".")[2] not in fields:
        return str(unknown_key(key, fields))
    return f"{key}: {first_line}" if key and key not in first_line else first_line


def unknown_key(full_key: str, fields: Iterable[str]) -> UserError:
    """The error for a key that the configuration does not have."""
    owner, _, key = full_key.rpartition(".")
    return unknown(f"{owner}: key" if owner else "Key", key, fields)
