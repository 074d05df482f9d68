"""Values compared with types."""

from dataclasses import dataclass, field
from typing import Any, TypedDict

import pytest

from mnist_exp.runs.typed_values import check_fields, check_type


class Pair(TypedDict):
    a: int
    b: list[float]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (1, int),
        (1, float),
        (None, float | None),
        (True, bool),
        ([1, 2.5], list[float]),
        ({"a": None}, dict[str, int | None]),
        ({1: [0.5]}, dict[int, list[float]]),
        ({"a": 1, "b": []}, Pair),
        ({"x": [1, {"y": None}]}, Any),
    ],
)
def test_values_of_a_type_are_accepted(value, hint):
    check_type(value, hint, "it")


@pytest.mark.parametrize(
    ("value", "hint", "line"),
    [
        (True, int, "it is true, not a whole number"),
        (1.5, int, "it is 1.5, not a whole number"),
        ("1", float | None, "it is '1', not a number or null"),
        (float("nan"), float, "it is nan, not a number"),
        (10**400, float, "it is 1000.*, not a number"),
        ([1, "x"], list[int], r"it\[1\] is 'x', not a whole number"),
        ({"a": "x"}, dict[str, int], "it.a is 'x', not a whole number"),
        ({"a": 1}, Pair, "it has no b"),
        ({"a": 1, "b": 2}, Pair, "it.b is 2, not a list"),
        ("a\x00", str, "it is 'a.x00', not text"),
        (object(), Any, "not a plain value"),
    ],
)
def test_other_values_are_named(value, hint, line):
    with pytest.raises(ValueError, match=line):
        check_type(value, hint, "it")


def test_deep_values_are_refused():
    value: Any = 1
    for _ in range(40):
        value = [value]
    with pytest.raises(ValueError, match="nested too deeply"):
        check_type(value, Any, "it")


@dataclass
class Inner:
    rate: float = field(metadata={"rule": "above 0", "is_valid": lambda v: v > 0})
    kind: str = field(default="a", metadata={"choices": ("a", "b")})


@dataclass
class Outer:
    inner: Inner
    number: int | None = None


@pytest.mark.parametrize(
    ("outer", "line"),
    [
        (Outer(Inner(0)), "inner.rate is 0, not above 0"),
        (Outer(Inner(1, "c")), "inner.kind is 'c', not one of a, b"),
        (Outer(Inner("1")), "inner.rate is '1', not a number"),
        (Outer(Inner(1), "1"), "number is '1', not a whole number or null"),
        (Outer({}), "inner is {}, not a mapping"),
    ],
)
def test_the_rules_of_a_dataclass_hold(outer, line):
    check_fields(Outer(Inner(1)))
    with pytest.raises(ValueError, match=line):
        check_fields(outer)
