"""Each activation and its derivative against the closed form from its paper, written out here in plain maths."""

import math

import pytest
import torch
from torch import nn

from mnist_exp import registry
from mnist_exp.models.activations import activation_factory, is_activation

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017


def s(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def phi(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def cdf(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


def sp(x: float) -> float:
    return math.log1p(math.exp(x))


def ramp(x: float) -> float:
    return min(max(x / 6 + 0.5, 0), 1)


def d_tanh(u: float) -> float:
    return 1 - math.tanh(u) ** 2


# name: (function, derivative)
CLOSED = {
    "sigmoid": (s, lambda x: s(x) * (1 - s(x))),
    "tanh": (math.tanh, d_tanh),
    "relu": (lambda x: max(x, 0.0), lambda x: float(x > 0)),
    "leaky_relu": (lambda x: x if x > 0 else 0.01 * x, lambda x: 1.0 if x > 0 else 0.01),
    "swish": (lambda x: x * s(x), lambda x: s(x) + x * s(x) * (1 - s(x))),
    "mish": (lambda x: x * math.tanh(sp(x)), lambda x: math.tanh(sp(x)) + x * d_tanh(sp(x)) * s(x)),
    "gelu": (lambda x: x * cdf(x), lambda x: cdf(x) + x * phi(x)),
    "elu": (lambda x: x if x > 0 else math.expm1(x), lambda x: 1.0 if x > 0 else math.exp(x)),
    "selu": (
        lambda x: SCALE * (x if x > 0 else ALPHA * math.expm1(x)),
        lambda x: SCALE * (1.0 if x > 0 else ALPHA * math.exp(x)),
    ),
    "hard_swish": (lambda x: x * ramp(x), lambda x: 0.0 if x < -3 else 1.0 if x > 3 else x / 3 + 0.5),
    "softplus": (sp, s),
    "identity": (lambda x: x, lambda _: 1.0),
}
# No kinks among them (0 for the rectifiers, ±3 for hard_swish).
POINTS = [-8.0, -3.5, -2.5, -1.0, -0.3, -1e-3, 1e-3, 0.3, 1.0, 2.5, 3.5, 8.0]


def test_there_are_twelve_and_all_are_tested():
    assert registry.names("activation") == list(CLOSED)
    assert len(CLOSED) == 12


@pytest.mark.parametrize("name", CLOSED)
def test_value_and_derivative_are_the_closed_form(name):
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    y = activation_factory(name, 0.01)()(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    function, derivative = CLOSED[name]
    torch.testing.assert_close(
        y, torch.tensor([function(v) for v in POINTS], dtype=torch.float64), rtol=1e-9, atol=1e-12
    )
    expected = torch.tensor([derivative(v) for v in POINTS], dtype=torch.float64)
    torch.testing.assert_close(slope, expected, rtol=1e-9, atol=1e-12)


def test_the_leaky_slope_can_be_set():
    assert activation_factory("leaky_relu", 0.2)()(torch.tensor(-1.0)).item() == pytest.approx(-0.2)


def test_each_call_makes_a_module_of_its_own():
    make = activation_factory("relu", 0.01)
    assert make() is not make()


def test_nn_identity_is_no_activation():
    """nn.Identity stands for many things; the control is a class of its own."""
    assert is_activation(activation_factory("identity", 0.01)())
    assert is_activation(nn.SiLU())
    assert not is_activation(nn.Identity())
    assert not is_activation(nn.Linear(2, 2))
