"""Means over pairs of normal variables, by numerical integration and Mehler's formula."""

import math
from functools import cache

import torch
from torch import Tensor

LIMIT, POINTS = 12.0, 1000  # of a standard normal variable; an even number, so that none is at a kink at 0
DEGREES = 32
SMALLEST = 1e-12  # variance


@cache
def standard_normal() -> tuple[Tensor, Tensor]:
    """Values of a standard normal variable, and their weights, which sum to 1."""
    values = torch.linspace(-LIMIT, LIMIT, POINTS, dtype=torch.double)
    density = torch.exp(-values.square() / 2)
    return values, density / density.sum()


@cache
def hermite() -> Tensor:
    """The Hermite polynomials at these values, a row per degree, scaled to E he(z)² = 1."""
    values, _ = standard_normal()
    rows = [torch.ones_like(values), values]
    for degree in range(1, DEGREES - 1):
        rows.append((values * rows[degree] - math.sqrt(degree) * rows[degree - 1]) / math.sqrt(degree + 1))
    return torch.stack(rows)


def at_normal(variances: Tensor) -> Tensor:
    """A row for each variance: values of a normal variable, in the order of standard_normal()."""
    return variances.clamp(min=SMALLEST).sqrt()[:, None] * standard_normal()[0]


def correlations(covariance: Tensor) -> Tensor:
    """The correlations of variables with this covariance matrix."""
    sd = covariance.diagonal().clamp(min=SMALLEST).sqrt()
    return (covariance / torch.outer(sd, sd)).clamp(-1, 1)


def pair_means(values: Tensor, correlation: Tensor) -> Tensor:
    """E f(u) f(v) for each pair of normal variables.

    Args:
        values: a row of f at each variable's values, as `at_normal` has them.
        correlation: a matrix.

    By Mehler's formula it is Σ a_k(u) a_k(v) cᵏ, where a_k are the coefficients of f in Hermite polynomials. What the
    higher degrees sum to is known for u = v. For other pairs this is taken times a power of the correlation.
    """
    _, weights = standard_normal()
    coefficients = (values * weights) @ hermite().T
    rest = (values.square() @ weights - coefficients.square().sum(1)).clamp(min=0).sqrt()
    total, power = torch.zeros_like(correlation), torch.ones_like(correlation)
    for column in coefficients.T:
        total += torch.outer(column, column) * power
        power *= correlation
    return total + torch.outer(rest, rest) * power
