"""The rules of the schema's fields: which values they accept."""

import math

import pytest

from mnist_exp.config import fields


@pytest.mark.parametrize(
    ("field", "valid", "invalid"),
    [
        (fields.within(1, 9), [1, 9], [0, -1, 10, math.inf, math.nan]),
        (fields.between(0, 1), [0, 0.999], [1, -0.001, math.nan]),
        (fields.positive(), [1e-9, 5], [0, -1, 1e31, math.inf, math.nan]),
        (fields.whole_numbers(1, 100), [[], [1], [100, 10]], [[0], [10, -1], [101], [[10]], [True], [None]]),
        (fields.whole_numbers(0, 9, fewest=1), [[0]], [[], [10]]),
        (fields.betas(), [[0.9, 0.99], [0, 0]], [[0.9], [0.9, 1.0], [-0.1, 0.5], [0.9, 0.9, 0.9], [[0.9], 0.9]]),
        (fields.numbers_by_channel("numbers", lambda v: v > 0), [1, [1.5, 2]], [0, [], [1, 0], [[1]], True, "1"]),
        (fields.plain_name(), ["my-net_2", "x" * 100], ["a/b", "a b", "", "../x", "x" * 101]),
    ],
    ids=["within", "between", "positive", "whole_numbers", "seeds", "betas", "by_channel", "plain_name"],
)
def test_each_rule_accepts_exactly_the_valid_values(field, valid, invalid):
    is_valid = field.metadata["is_valid"]
    assert [value for value in valid if not is_valid(value)] == []
    assert [value for value in invalid if is_valid(value)] == []


def test_each_rule_completes_the_error_message():
    assert fields.within(2, 30).metadata["rule"] == "from 2 to 30"
    assert fields.positive().metadata["rule"] == "a number above 0, at most 1e+30"
    assert fields.between(0, 1).metadata["rule"] == "from 0 up to, not including, 1"
    assert fields.plain_name(", as in my_net").metadata["rule"] == "letters, digits, - and _, at most 100, as in my_net"


def test_choices_and_registered_names_are_kept():
    assert fields.one_of("a", "b").metadata["choices"] == ("a", "b")
    assert fields.registered("activation").metadata["registry"] == "activation"


def test_no_field_has_a_default():
    made = (fields.within(0, 1), fields.one_of("a"), fields.registered("data"))
    assert {field.default for field in made} == {"???"}  # OmegaConf's mark for a value that must be given
