"""Each activation and its derivative against the closed form from its paper, written out here in plain maths."""

import math
from contextlib import contextmanager
from functools import partial

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


def l1(x: float) -> float:
    return math.log1p(s(x))


def d_l1(x: float) -> float:
    return s(x) * (1 - s(x)) / (1 + s(x))


def d_erf(u: float) -> float:
    return 2 / math.sqrt(math.pi) * math.exp(-u * u)


def inner(x: float) -> float:
    """Of GELU's approximation by a hyperbolic tangent."""
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)


def d_inner(x: float) -> float:
    return math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)


# Of the rational function at first: its numerator and denominator, which is positive everywhere, and their derivatives.
P, Q = [0.03358, 0.505, 1.65132, 2.00452, 0.92794, 0.15154], [1, 0, 3.96934, 0, 0.30007]


def polynomial(coefficients, x: float) -> float:
    return sum(c * x**i for i, c in enumerate(coefficients))


def d_polynomial(coefficients, x: float) -> float:
    return sum(i * c * x ** (i - 1) for i, c in enumerate(coefficients) if i)


above, d_above = partial(polynomial, P), partial(d_polynomial, P)
below, d_below = partial(polynomial, Q), partial(d_polynomial, Q)


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
    "relu6": (lambda x: min(max(x, 0.0), 6.0), lambda x: float(0 < x < 6)),
    "rrelu": (lambda x: x if x > 0 else 11 / 48 * x, lambda x: 1.0 if x > 0 else 11 / 48),  # in evaluation mode
    "celu": (lambda x: x if x > 0 else math.expm1(x), lambda x: 1.0 if x > 0 else math.exp(x)),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "hard_tanh": (lambda x: min(max(x, -1.0), 1.0), lambda x: float(-1 < x < 1)),
    "hard_sigmoid": (ramp, lambda x: 1 / 6 if -3 < x < 3 else 0.0),
    "tanhshrink": (lambda x: x - math.tanh(x), lambda x: math.tanh(x) ** 2),
    "gelu_tanh": (
        lambda x: x / 2 * (1 + math.tanh(inner(x))),
        lambda x: (1 + math.tanh(inner(x))) / 2 + x / 2 * d_tanh(inner(x)) * d_inner(x),
    ),
    "quick_gelu": (lambda x: x * s(1.702 * x), lambda x: s(1.702 * x) * (1 + 1.702 * x * (1 - s(1.702 * x)))),
    "squareplus": (lambda x: (x + math.hypot(x, 2)) / 2, lambda x: (1 + x / math.hypot(x, 2)) / 2),
    "relu_squared": (lambda x: max(x, 0.0) ** 2, lambda x: 2 * max(x, 0.0)),
    "sin": (math.sin, math.cos),
    "gaussian": (lambda x: math.exp(-x * x), lambda x: -2 * x * math.exp(-x * x)),
    "arctan": (math.atan, lambda x: 1 / (1 + x * x)),
    "bent_identity": (lambda x: x + (math.hypot(x, 1) - 1) / 2, lambda x: 1 + x / (2 * math.hypot(x, 1))),
    "tanh_exp": (
        lambda x: x * math.tanh(math.exp(x)),
        lambda x: math.tanh(math.exp(x)) + x * math.exp(x) * d_tanh(math.exp(x)),
    ),
    "logish": (lambda x: x * l1(x), lambda x: l1(x) + x * d_l1(x)),
    "serf": (lambda x: x * math.erf(sp(x)), lambda x: math.erf(sp(x)) + x * d_erf(sp(x)) * s(x)),
    "smish": (lambda x: x * math.tanh(l1(x)), lambda x: math.tanh(l1(x)) + x * d_tanh(l1(x)) * d_l1(x)),
    "phish": (
        lambda x: x * math.tanh(x * cdf(x)),
        lambda x: math.tanh(x * cdf(x)) + x * d_tanh(x * cdf(x)) * (cdf(x) + x * phi(x)),
    ),
    "lisht": (lambda x: x * math.tanh(x), lambda x: math.tanh(x) + x * d_tanh(x)),
    "aria2": (
        lambda x: x * s(2 * x) ** 1.5,
        lambda x: s(2 * x) ** 1.5 * (1 + 3 * x * (1 - s(2 * x))),
    ),
    # Learned, as they are at first.
    "prelu": (lambda x: x if x > 0 else x / 4, lambda x: 1.0 if x > 0 else 0.25),
    "swish_beta": (lambda x: x * s(x), lambda x: s(x) + x * s(x) * (1 - s(x))),
    "snake": (lambda x: x + math.sin(x) ** 2, lambda x: 1 + math.sin(2 * x)),
    "star_relu": (lambda x: 0.8944 * max(x, 0.0) ** 2 - 0.4472, lambda x: 2 * 0.8944 * max(x, 0.0)),
    "acon_c": (lambda x: x * s(x), lambda x: s(x) + x * s(x) * (1 - s(x))),
    "rational": (lambda x: above(x) / below(x), lambda x: (d_above(x) - above(x) / below(x) * d_below(x)) / below(x)),
}
# No kinks among them (0 for the rectifiers, ±1 for hard_tanh, ±3 for hard_swish, 6 for relu6).
POINTS = [-8.0, -3.5, -2.5, -1.1, -0.3, -1e-3, 1e-3, 0.3, 1.1, 2.5, 3.5, 8.0]


@contextmanager
def doubles():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_all_are_tested():
    assert registry.names("activation") == list(CLOSED)
    assert len(CLOSED) >= 30


@pytest.mark.parametrize("name", CLOSED)
def test_value_and_derivative_are_the_closed_form(name):
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    with doubles():  # so that 0.8944, say, is not rounded to single precision first
        module = activation_factory(name, 0.01)()
    y = module.eval()(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    function, derivative = CLOSED[name]
    # PyTorch's derivative of hard_sigmoid is 1/6 in single precision, also for double.
    close = partial(torch.testing.assert_close, rtol=1e-7 if name == "hard_sigmoid" else 1e-9, atol=1e-12)
    close(y, torch.tensor([function(v) for v in POINTS], dtype=torch.float64))
    close(slope, torch.tensor([derivative(v) for v in POINTS], dtype=torch.float64))


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


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", CLOSED)
def test_values_and_slopes_are_finite_at_extreme_inputs(name, dtype):
    x = torch.cat([torch.linspace(-1e4, 1e4, 2001), torch.linspace(-100, 100, 2001), torch.tensor([0.0, -0.0])])
    x = x.to(dtype).requires_grad_()
    y = activation_factory(name, 0.01)()(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    assert torch.isfinite(y).all()
    assert torch.isfinite(slope).all()


@pytest.mark.parametrize("name", CLOSED)
def test_gradients_are_those_of_finite_differences(name):
    """Of the inputs and of the parameters."""
    module = activation_factory(name, 0.01)().double().eval()
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, *_: module(x), (x, *module.parameters()))
