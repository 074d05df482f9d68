"""Errors that the user can correct, and suggestions for mistyped names."""

import difflib
import re
from collections.abc import Iterable, Sequence

MANY, FIRST = 20, 6  # of more names than that only the first are listed in a message


class UserError(Exception):
    """An error that the user can correct. Its text is the one line that is printed."""


class Stop(SystemExit):
    """Carries an error out through Hydra, which prints or swallows ordinary exceptions."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(1)
        self.reason = reason


def nearest(name: str, valid: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The valid name most like `name`, without regard to case, _ and -; None if none is similar."""
    # Sorted by length so that `lr` is compared before longer names of equal similarity.
    choices = {_normalised(choice): choice for choice in sorted(valid, key=len, reverse=True)}
    found = difflib.get_close_matches(_normalised(name), list(reversed(choices)), n=1, cutoff=cutoff)
    return choices[found[0]] if found else None


def _normalised(name: str) -> str:
    return re.sub("[_-]", "", name.casefold())


def _only_with_prefix(prefix: str, valid: Iterable[str]) -> str | None:
    """The valid name that begins like this, if it is the only one: 32 → 32-true."""
    found = [name for name in valid if prefix and name.casefold().startswith(prefix.casefold())]
    return found[0] if len(found) == 1 else None


def listed(names: Sequence[str]) -> str:
    """The names as in "adam, adamw and muon"."""
    return " and ".join([*filter(None, [", ".join(names[:-1])]), *names[-1:]])


def counted(number: int, noun: str) -> str:
    """The number with its noun, as in "1 run" or "2 runs"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def unknown(what: str, name: str, valid: Iterable[str]) -> UserError:
    """The error for a mistyped name, with the nearest valid name and a list of valid ones."""
    choices = [str(choice) for choice in valid]
    near = nearest(name, choices) or _only_with_prefix(name, choices)
    hint = f" Did you mean '{near}'?" if near else ""
    shown = choices if len(choices) <= MANY else [*choices[:FIRST], f"… (mnist-exp choices lists all {len(choices)})"]
    all_names = f" Valid here: {', '.join(shown)}." if choices else ""
    return UserError(f"{what} '{name}' is unknown.{hint}{all_names}")
