"""Means over pairs of normal variables against their closed forms."""

import math

import pytest
import torch

from mnist_exp.models.normal_pairs import at_normal, correlations, pair_means

VARIANCES = torch.tensor([0.5, 2.0], dtype=torch.double)
CORRELATIONS = (-0.9, -0.3, 0.0, 0.5, 0.9, 0.99)


def off_diagonal(function, correlation):
    matrix = torch.tensor([[1.0, correlation], [correlation, 1.0]], dtype=torch.double)
    return pair_means(function(at_normal(VARIANCES)), matrix)[0, 1].item()


@pytest.mark.parametrize("correlation", CORRELATIONS)
def test_relu_and_its_derivative_have_the_arc_cosine_kernels(correlation):
    """Cho & Saul 2009."""
    angle = math.acos(correlation)
    kernel = (math.sin(angle) + (math.pi - angle) * correlation) / (2 * math.pi)
    assert off_diagonal(torch.relu, correlation) == pytest.approx(kernel, abs=1e-3)  # sd 0.71 × 1.41 = 1
    step = (math.pi - angle) / (2 * math.pi)
    close = 0.03 if correlation > 0.95 else 0.005  # a step has large coefficients of high degrees
    assert off_diagonal(lambda x: (x > 0).double(), correlation) == pytest.approx(step, abs=close)


@pytest.mark.parametrize("correlation", CORRELATIONS)
def test_erf_has_the_kernel_of_williams(correlation):
    """Williams 1997."""
    expected = 2 / math.pi * math.asin(2 * correlation / math.sqrt((1 + 2 * 0.5) * (1 + 2 * 2.0)))
    assert off_diagonal(torch.erf, correlation) == pytest.approx(expected, abs=1e-6)


def test_a_variable_with_itself_has_the_plain_mean_square():
    found = pair_means(torch.relu(at_normal(VARIANCES)), torch.ones(2, 2, dtype=torch.double)).diagonal()
    assert found.tolist() == pytest.approx([0.25, 1.0], rel=1e-4)


def test_correlations_are_those_of_the_covariance():
    covariance = torch.tensor([[4.0, 1.0], [1.0, 1.0]])
    assert correlations(covariance).tolist() == [[1.0, 0.5], [0.5, 1.0]]
