"""What the closed forms in test_activations.py do not show: arguments, and other ways to write the same function."""

import pytest
import torch
from torch.nn import functional as F

from mnist_exp.errors import UserError
from mnist_exp.models import fixed_activations as fixed
from mnist_exp.models.activations import activation_factory

X = torch.linspace(-6, 6, 241, dtype=torch.float64)


def test_squareplus_becomes_relu_as_b_falls():
    torch.testing.assert_close(fixed.Squareplus(b=1e-12)(X), torch.relu(X), rtol=0, atol=1e-6)


def test_aria2_with_alpha_1_is_swish():
    torch.testing.assert_close(fixed.Aria2(alpha=1, beta=1)(X), F.silu(X))


def test_the_approximations_of_gelu_are_near_it():
    assert (fixed.GeluTanh()(X) - F.gelu(X)).abs().max() < 5e-4
    assert (fixed.QuickGelu()(X) - F.gelu(X)).abs().max() < 2.1e-2


def test_options_reach_the_class():
    assert activation_factory("squareplus", 0.01, {"b": 1.0})().b == 1.0


@pytest.mark.parametrize(
    ("name", "options"), [("squareplus", {"b": 0}), ("aria2", {"alpha": -1}), ("aria2", {"beta": float("nan")})]
)
def test_impossible_arguments_are_refused(name, options):
    with pytest.raises(UserError, match=rf"model\.activation={name}.*must"):
        activation_factory(name, 0.01, options)()
