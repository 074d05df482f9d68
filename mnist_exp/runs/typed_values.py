"""Compares values with the types of a dataclass, as records hold them."""

import re
import reprlib
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

DEEPEST = 20  # levels of lists and mappings
LARGEST = 1e150  # its square is still a number
NAMES: dict[Any, str] = {
    **{bool: "true or false", int: "a whole number", float: "a number", str: "text", types.NoneType: "null"},
    **{list: "a list", dict: "a mapping", Any: "a plain value"},
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@cache
def hints_of(kind: Any) -> dict[str, Any]:
    """The type of each field."""
    return get_type_hints(kind)


def check_type(value: object, hint: Any, name: str, depth: int = 0) -> None:
    """Raise ValueError, in one line, for a value that is not of a type, or holds a number that is not finite."""
    if depth > DEEPEST:
        raise ValueError(f"{name} is nested too deeply")
    kind, arguments = get_origin(hint), get_args(hint)
    if kind in (Union, types.UnionType):
        fitting = [one for one in arguments if _is_kind(value, one)]
        _require(bool(fitting), value, hint, name)
        hint = fitting[0]
        kind, arguments = get_origin(hint), get_args(hint)
    _require(_is_kind(value, hint), value, hint, name)
    if is_dataclass(hint):
        check_fields(value, name, depth)
    elif isinstance(value, list):
        of_elements = arguments[0] if arguments else Any
        if of_elements in (int, float) and all(_is_kind(element, of_elements) for element in value):
            return  # the usual case, without a name for each element
        for number, element in enumerate(value):
            check_type(element, of_elements, f"{name}[{number}]", depth + 1)
    elif isinstance(value, dict):
        _check_mapping(value, hint, name, depth)


def check_fields(value: Any, name: str = "", depth: int = 0) -> None:
    """Raise ValueError for a dataclass with a field that is not of its type, or that its own rule refuses."""
    for field in fields(value):
        full_name, given = f"{name}.{field.name}".lstrip("."), getattr(value, field.name)
        hint = hints_of(type(value))[field.name]  # type: ignore[arg-type]
        # The class of some sections follows from their keys.
        is_section = isinstance(hint, type) and is_dataclass(hint) and isinstance(given, hint)
        check_type(given, type(given) if is_section else hint, full_name, depth + 1)
        is_valid, choices = field.metadata.get("is_valid"), field.metadata.get("choices")
        if given is None:
            continue
        if is_valid and not is_valid(given):
            raise ValueError(f"{full_name} is {shown(given)}, not {field.metadata['rule']}")
        if choices and given not in choices:
            raise ValueError(f"{full_name} is {shown(given)}, not one of {', '.join(choices)}")


def _check_mapping(value: Mapping[Any, Any], hint: Any, name: str, depth: int) -> None:
    if is_typeddict(hint):
        hints = hints_of(hint)
        if absent := [key for key in hints if key not in value]:
            raise ValueError(f"{name} has no {absent[0]}")
        for key, kind in hints.items():
            check_type(value[key], kind, f"{name}.{key}", depth + 1)
        return
    of_keys, of_values = get_args(hint) or (str, Any)
    for key, element in value.items():
        _require(_is_kind(key, of_keys), key, of_keys, f"a key of {name}")
        check_type(element, of_values, f"{name}.{key}", depth + 1)


def _is_kind(value: object, hint: Any) -> bool:
    """Whether the outermost type of a value fits."""
    kind = dict if is_typeddict(hint) else get_origin(hint) or hint
    if kind is Any:
        return value is None or any(_is_kind(value, one) for one in (bool, int, float, str, list, dict))
    if kind in (int, float):
        is_number = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
        return is_number and -LARGEST < value < LARGEST  # type: ignore[operator]
    if kind is str:
        return isinstance(value, str) and not _CONTROL.search(value)
    return isinstance(value, kind)


def _require(fits: bool, value: object, hint: Any, name: str) -> None:
    if not fits:
        raise ValueError(f"{name} is {shown(value)}, not {described(hint)}")


def described(hint: Any) -> str:
    """A number, a number or null, …"""
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(described(one) for one in get_args(hint))
    kind = dict if is_typeddict(hint) or is_dataclass(hint) else get_origin(hint) or hint
    return NAMES.get(kind, str(kind))


def shown(value: object) -> str:
    """A value as JSON names it, shortened."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return reprlib.repr(value)
