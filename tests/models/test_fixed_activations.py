"""What the closed forms in test_activations.py do not show: arguments, and other ways to write the same function."""

import pytest
import scipy.stats
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


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_aria2_is_the_same_on_devices_without_our_kernel(monkeypatch, dtype):
    x = torch.linspace(-40, 40, 300_001, dtype=dtype).requires_grad_()
    ours = fixed.Aria2()(x)
    (slope,) = torch.autograd.grad(ours.sum(), x)
    exact = x.detach().double().requires_grad_()
    monkeypatch.setattr(fixed, "is_usable", lambda _: False)
    expected = fixed.Aria2()(exact)
    (expected_slope,) = torch.autograd.grad(expected.sum(), exact)
    tolerance = {"rtol": 2e-6 if dtype == torch.float32 else 2**-8, "atol": 1e-6}
    torch.testing.assert_close(ours.double(), expected, **tolerance)
    torch.testing.assert_close(slope.double(), expected_slope, **tolerance)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_random_slopes_are_uniform_and_of_negative_inputs_only(dtype):
    x = torch.cat([torch.full((100_003,), -1.0), torch.tensor([0.0, 2.0, 1e4])]).to(dtype).requires_grad_()
    y = fixed.RRelu()(x)
    y.sum().backward()
    slopes = x.grad[:-3].double()
    torch.testing.assert_close(y[:-3].double(), -slopes, rtol=2**-8, atol=0)
    assert (y[-3:].tolist(), x.grad[-2:].tolist()) == (x[-3:].tolist(), [1, 1])
    expected = scipy.stats.uniform(1 / 8, 1 / 3 - 1 / 8)
    # 256 steps: at least 1/512; bf16 has 64 numbers between 1/4 and 1/3
    assert scipy.stats.kstest(slopes, expected.cdf).statistic < (0.02 if dtype == torch.bfloat16 else 0.01)
    assert abs(slopes.mean() - 11 / 48) < 1e-3


@pytest.mark.parametrize(
    "x", [-torch.ones(5, 6).t(), -torch.ones(9, 10)[:, ::3], -torch.ones(0, 3), torch.tensor(-1.0)]
)
def test_random_slopes_of_tensors_of_any_order_in_memory(x):
    slopes = -fixed.RRelu()(x)
    assert slopes.shape == x.shape
    assert ((slopes > 0.124) & (slopes < 0.334)).all()
    assert len(slopes.unique()) >= x.numel() / 2


def test_random_slopes_keep_channels_last():
    assert fixed.RRelu()(torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last)).stride() == (48, 1, 12, 3)


def test_random_slopes_may_be_above_1():
    x = torch.tensor([-1.0, 3.0])
    assert fixed.RRelu(2.0, 2.0)(x).tolist() == [-2, 3]


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
