import pytest

from mnist_exp.gallery.functions import function
from mnist_exp.gallery.properties import properties
from mnist_exp.gallery.texts import caption, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (-0.278, "−0.28"),
        (-0.0001, "0"),
        (10.0, "10"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (None, ""),
    ],
)
def test_numbers_have_no_trailing_zeros_and_a_real_minus(value, text):
    assert number(value) == text


# sigmoid's derivative s(1 − s) is 0.01 at 2·arcosh(5) = 4.58; tanh's at arcosh(10) = 2.99; swish's minimum is −0.28.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sigmoid", ["values 0 to 1", "saturated below −4.58 and above 4.58", "steepest 0.25: gradients shrink"]),
        ("tanh", ["values −1 to 1", "saturated below −2.99 and above 2.99"]),
        ("relu", ["values 0 to ∞", "dead below 0"]),
        ("leaky_relu", ["values −∞ to ∞"]),
        ("swish", ["values −0.28 to ∞", "saturated below −6.26", "not monotone"]),
        ("mish", ["values −0.31 to ∞", "saturated below −6.26", "not monotone"]),
        ("identity", ["values −∞ to ∞"]),
        ("relu6", ["values 0 to 6", "dead below 0 and above 6"]),
    ],
)
def test_captions(name, expected):
    assert caption(properties(function(name))) == expected


@pytest.mark.usefixtures("own")
def test_a_constant_function_is_dead_everywhere():
    assert caption(properties(function("./own.py:zero")))[1] == "dead everywhere"
