"""Values and derivatives of our activations against those of timm, in double precision."""

from functools import partial

import pytest
import torch

from mnist_exp.models.activations import activation_factory, derivative

layers = pytest.importorskip("timm.layers.activations")
metaformer = pytest.importorskip("timm.models.metaformer")

SCALE, BIAS = 0.8944, -0.4472  # in the paper (Yu et al. 2022); those of timm begin at 1 and 0
THEIRS = {
    "sigmoid": layers.Sigmoid,
    "tanh": layers.Tanh,
    "swish": layers.Swish,
    "mish": layers.Mish,
    "hard_swish": layers.HardSwish,
    "hard_sigmoid": layers.HardSigmoid,
    "gelu": layers.GELU,
    "gelu_tanh": layers.GELUTanh,
    "quick_gelu": layers.QuickGELU,
    "prelu": layers.PReLU,
    "relu_squared": metaformer.SquaredReLU,
    "star_relu": partial(metaformer.StarReLU, scale_value=SCALE, bias_value=BIAS),
}
X = torch.linspace(-8.03, 8.03, 1001, dtype=torch.float64)  # without the places where a derivative jumps


@pytest.mark.parametrize("name", THEIRS)
def test_values_and_derivatives_are_those_of_timm(name):
    ours, theirs = activation_factory(name, 0.01)().double(), THEIRS[name]().double()
    torch.testing.assert_close(ours(X), theirs(X.clone()))
    torch.testing.assert_close(derivative(ours, X), derivative(theirs, X))
