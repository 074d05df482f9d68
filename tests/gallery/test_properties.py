"""Properties against closed forms, SciPy and PyTorch's gains."""

import math

import pytest
import torch
from scipy.integrate import quad
from scipy.special import lambertw
from scipy.stats import norm

from mnist_exp.gallery.functions import function, functions
from mnist_exp.gallery.properties import properties
from mnist_exp.gallery.smoothness import Smoothness

INF = math.inf
SELU = 1.0507009873554805 * 1.6732632423543772
SWISH = -float(lambertw(1 / math.e).real)  # x σ(x) is lowest where its derivative is zero: at −1 − W(1/e)
LOWEST = {
    **{"sigmoid": 0, "tanh": -1, "relu": 0, "leaky_relu": -INF, "swish": SWISH, "elu": -1, "selu": -SELU},
    **{"hard_swish": -3 / 8, "softplus": 0, "identity": -INF, "relu6": 0, "rrelu": -INF, "celu": -1, "softsign": -1},
    **{"hard_tanh": -1, "hard_sigmoid": 0, "tanhshrink": -INF, "quick_gelu": SWISH / 1.702, "squareplus": 0},
    **{"relu_squared": 0, "sin": -1, "gaussian": 0, "arctan": -math.pi / 2, "bent_identity": -INF, "phish": 0},
    **{"lisht": 0, "prelu": -INF, "swish_beta": SWISH, "snake": -INF, "star_relu": -0.4472, "acon_c": SWISH},
    **{"rational": -INF, "mish": -0.308843, "gelu": -0.169971},  # Misra 2019 gives −0.31, Hendrycks & Gimpel −0.17
}
HIGHEST = {
    **{"sigmoid": 1, "tanh": 1, "relu6": 6, "softsign": 1, "hard_tanh": 1, "hard_sigmoid": 1, "sin": 1},
    **{"gaussian": 1, "arctan": math.pi / 2},
}  # all others have no bound
NOT_MONOTONE = {
    *("swish", "mish", "gelu", "hard_swish", "gelu_tanh", "quick_gelu", "sin", "gaussian", "tanh_exp", "logish"),
    *("serf", "smish", "phish", "lisht", "aria2", "swish_beta", "acon_c", "rational"),
}
NOT_ZERO = {
    **{"sigmoid": 0.5, "softplus": math.log(2), "hard_sigmoid": 0.5, "squareplus": 1, "gaussian": 1},
    **{"star_relu": -0.4472, "rational": 0.03358},
}
LIPSCHITZ = {
    **{"sigmoid": 1 / 4, "tanh": 1, "relu": 1, "leaky_relu": 1, "elu": 1, "selu": SELU, "hard_swish": 3 / 2},
    **{"softplus": 1, "identity": 1, "relu6": 1, "softsign": 1, "hard_tanh": 1, "hard_sigmoid": 1 / 6},
    **{"tanhshrink": 1, "squareplus": 1, "relu_squared": INF, "star_relu": INF, "sin": 1, "arctan": 1},
    **{"gaussian": math.sqrt(2 / math.e), "bent_identity": 3 / 2, "snake": 2, "prelu": 1},
    "gelu": norm.cdf(math.sqrt(2)) + math.sqrt(2) * norm.pdf(math.sqrt(2)),
    "swish": 1.09984,  # Elfwing et al. 2018: its derivative is at most 1.1
}
C0 = {"relu", "leaky_relu", "selu", "hard_swish", "relu6", "rrelu", "hard_tanh", "hard_sigmoid", "prelu"}
C1 = {"elu", "celu", "softsign", "relu_squared", "star_relu"}
# Solutions of |f'(x)| = 0.01 below and above; None where there is none.
EDGES = {
    "sigmoid": (-2 * math.acosh(5), 2 * math.acosh(5)),  # σ' = 1 / (4 cosh²(x/2))
    "tanh": (-math.acosh(10), math.acosh(10)),
    "relu": (0, None),
    "relu6": (0, 6),
    "hard_swish": (-3, None),
    "leaky_relu": (None, None),
    "elu": (-math.log(100), None),
    "softplus": (-math.log(99), None),
    "softsign": (-9, 9),
    "arctan": (-math.sqrt(99), math.sqrt(99)),
    "relu_squared": (0.005, None),
    "sin": (None, None),
}
DEAD = {
    **{"relu": (0, None), "relu6": (0, 6), "hard_swish": (-3, None), "hard_tanh": (-1, 1), "hard_sigmoid": (-3, 3)},
    **{"relu_squared": (0, None), "star_relu": (0, None)},
}


@pytest.fixture(scope="module")
def found():
    return {f.name: properties(f) for f in functions()}


def test_the_range_is_that_of_the_closed_form(found):
    assert {name: found[name].lowest for name in LOWEST} == pytest.approx(LOWEST, abs=2e-6)
    assert {name: one.highest for name, one in found.items()} == pytest.approx(
        {name: HIGHEST.get(name, INF) for name in found}, abs=2e-6
    )


def test_which_functions_are_monotone(found):
    assert {name for name, one in found.items() if not one.monotone} == NOT_MONOTONE


def test_which_functions_are_zero_at_zero(found):
    assert {n: one.value_at_zero for n, one in found.items() if not one.zero_at_zero} == pytest.approx(NOT_ZERO)


def test_the_lipschitz_constant_is_that_of_the_closed_form(found):
    assert {name: found[name].lipschitz for name in LIPSCHITZ} == pytest.approx(LIPSCHITZ, abs=2e-6)


def test_the_smoothness_is_that_of_the_closed_form(found):
    smooth = {name: one.smoothness for name, one in found.items()}
    assert {name for name, one in smooth.items() if one is Smoothness.C0} == C0
    assert {name for name, one in smooth.items() if one is Smoothness.C1} == C1
    assert {one for name, one in smooth.items() if name not in C0 | C1} == {Smoothness.C2}


@pytest.mark.parametrize("name", EDGES)
def test_saturation_begins_where_the_derivative_is_a_hundredth(found, name):
    assert (found[name].saturated_below, found[name].saturated_above) == pytest.approx(EDGES[name], abs=1e-5)


def test_dead_is_where_the_derivative_is_zero(found):
    dead = {name: (one.dead_below, one.dead_above) for name, one in found.items()}
    assert {name for name, sides in dead.items() if sides != (None, None)} == set(DEAD)
    for name, sides in DEAD.items():
        assert dead[name] == pytest.approx(sides, abs=1e-5), name


def test_the_share_of_saturated_inputs_is_that_of_the_normal_distribution(found):
    expected = {"relu": 0.5, "hard_tanh": 2 * norm.cdf(-1), "tanh": 2 * norm.cdf(-math.acosh(10)), "identity": 0}
    assert {name: found[name].saturated_share for name in expected} == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "arguments"), [("relu", ["relu"]), ("identity", ["linear"]), ("leaky_relu", ["leaky_relu", 0.01])]
)
def test_the_gain_is_pytorchs_where_that_is_exact(found, name, arguments):
    assert found[name].gain == pytest.approx(torch.nn.init.calculate_gain(*arguments), rel=1e-4)


def test_every_gain_keeps_the_variance(found):
    for name, one in found.items():
        f = function(name)
        moment = quad(
            lambda z, f=f: f(torch.tensor([z]).double().numpy())[0] ** 2 * norm.pdf(z), -12, 12, points=[0], limit=200
        )
        assert one.gain == pytest.approx(1 / math.sqrt(moment[0]), rel=1e-4), name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("exp", {"lowest": 0, "highest": INF, "monotone": True, "lipschitz": INF, "gain": math.exp(-1)}),
        ("log", {"lowest": -INF, "highest": INF, "lipschitz": 1, "smoothness": Smoothness.C1, "saturated_below": -99}),
        ("zero", {"lowest": 0, "highest": 0, "monotone": True, "saturated_below": INF, "gain": None}),
        ("falling", {"lowest": -INF, "highest": 0, "monotone": True, "value_at_zero": -math.log(2)}),
        ("stairs", {"lipschitz": INF, "smoothness": Smoothness.JUMPS, "dead_below": INF, "saturated_share": 1}),
        ("steep", {"lipschitz": 12.5, "smoothness": Smoothness.C2}),
        ("cube", {"dead_below": 0, "saturated_below": math.sqrt(0.01 / 3), "smoothness": Smoothness.C2}),
    ],
)
@pytest.mark.usefixtures("own")
def test_functions_of_ones_own(name, expected):
    one = properties(function(f"./own.py:{name}"))
    assert {key: getattr(one, key) for key in expected} == pytest.approx(expected, abs=2e-6)
