"""Dataclass fields of the schema: no default, and a rule that the value must satisfy."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from omegaconf import MISSING


def is_plain_name(name: str) -> bool:
    """Whether a directory can have this name."""
    return re.fullmatch(r"[\w-]+", name) is not None


def as_plain_name(text: str) -> str:
    """Any text as part of a directory's name: what such a name must not contain becomes a hyphen."""
    return re.sub(r"[^\w-]+", "-", text)


def must_be(rule: str, is_valid: Callable[[Any], bool]) -> Any:
    """A field whose value is null or valid. The rule completes the error message "must be ..."."""
    return field(default=MISSING, metadata={"rule": rule, "is_valid": is_valid})


def at_least(low: float) -> Any:
    return must_be(f"at least {low}", lambda v: low <= v < math.inf)


def between(low: float, high: float) -> Any:
    return must_be(f"from {low} up to, not including, {high}", lambda v: low <= v < high)


def positive() -> Any:
    return must_be("a finite number above 0", lambda v: 0 < v < math.inf)


def finite() -> Any:
    return must_be("a finite number", math.isfinite)


def numbers_by_channel(what: str, is_valid: Callable[[float], bool]) -> Any:
    """A number, or a list of numbers with one for each channel of the images."""

    def each_is_valid(value: Any) -> bool:
        numbers = [value] if isinstance(value, int | float) else value
        return isinstance(numbers, Sequence) and all(isinstance(n, int | float) and is_valid(n) for n in numbers)

    return must_be(f"{what}: one, or a list with one per channel", each_is_valid)


def mapping() -> Any:
    """Null, or a mapping with any keys. (A struct of OmegaConf would refuse keys that are not in its default.)"""
    return must_be("a mapping, as in {alpha: 0.5}", lambda v: isinstance(v, Mapping))


def positive_integers() -> Any:
    return must_be("whole numbers of at least 1", lambda v: all(n >= 1 for n in v))


def betas() -> Any:
    return must_be("two numbers in [0, 1)", lambda v: len(v) == 2 and all(0 <= b < 1 for b in v))


def plain_name(why: str = "") -> Any:
    return must_be(f"letters, digits, - and _{why}", is_plain_name)


def one_of(*choices: str) -> Any:
    return field(default=MISSING, metadata={"choices": choices})


def registered(kind: str) -> Any:
    """A field that holds a name, or a list of names, of one of the registry's tables."""
    return field(default=MISSING, metadata={"registry": kind})
