"""Dataclass fields of the schema: no default, and a rule that the value must satisfy."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from omegaconf import MISSING

LARGEST = 1e30  # well below what 32 bits hold
LONGEST_NAME = 100  # the names of directories, of which it is a part, have at most 255


def is_plain_name(name: str) -> bool:
    """Whether a directory can have this name."""
    return re.fullmatch(r"[\w-]+", name) is not None and len(name) <= LONGEST_NAME


def as_plain_name(text: str) -> str:
    """Any text as part of a directory's name: what such a name must not contain becomes a hyphen."""
    return re.sub(r"[^\w-]+", "-", text)


def must_be(rule: str, is_valid: Callable[[Any], bool]) -> Any:
    """A field whose value is null or valid. The rule completes the error message "must be ..."."""
    return field(default=MISSING, metadata={"rule": rule, "is_valid": is_valid})


def within(low: float, high: float) -> Any:
    return must_be(f"from {low} to {high}", lambda v: low <= v <= high)


def between(low: float, high: float) -> Any:
    return must_be(f"from {low} up to, not including, {high}", lambda v: low <= v < high)


def positive(most: float = LARGEST) -> Any:
    return must_be(f"a number above 0, at most {most:g}", lambda v: 0 < v <= most)


def numbers_by_channel(what: str, is_valid: Callable[[float], bool]) -> Any:
    """A number, or a list of numbers with one for each channel of the images."""

    def each_is_valid(value: Any) -> bool:
        numbers = value if isinstance(value, Sequence) else [value]
        return len(numbers) > 0 and all(_is_number(n) and is_valid(n) for n in numbers)

    return must_be(f"{what}: one, or a list with one per channel", each_is_valid)


def _is_number(value: Any) -> bool:
    """Neither a list, which OmegaConf accepts within a list of numbers, nor true or false."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def mapping() -> Any:
    """Null, or a mapping with any keys. (A struct of OmegaConf would refuse keys that are not in its default.)"""
    return must_be("a mapping, as in {alpha: 0.5}", lambda v: isinstance(v, Mapping))


def whole_numbers(low: int, high: int, fewest: int = 0) -> Any:
    """A list of whole numbers."""
    rule = f"whole numbers from {low} to {high}"
    return must_be(rule, lambda v: len(v) >= fewest and all(_is_number(n) and low <= n <= high for n in v))


def betas() -> Any:
    return must_be("two numbers in [0, 1)", lambda v: len(v) == 2 and all(_is_number(b) and 0 <= b < 1 for b in v))


def plain_name(why: str = "") -> Any:
    return must_be(f"letters, digits, - and _, at most {LONGEST_NAME}{why}", is_plain_name)


def one_of(*choices: str) -> Any:
    return field(default=MISSING, metadata={"choices": choices})


def registered_by_layer(kind: str) -> Any:
    """A field that holds a name of one of the registry's tables, or a list of names. Not null."""
    rule = "a name, or a list of names: one for each hidden layer"
    return field(default=MISSING, metadata={"registry": kind, "rule": rule, "is_valid": _is_names, "required": True})


def _is_names(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, Sequence) and all(isinstance(name, str) for name in value))


def registered(kind: str) -> Any:
    """A field that holds a name of one of the registry's tables."""
    return field(default=MISSING, metadata={"registry": kind})
