import math

import numpy as np
import pytest
from scipy import stats

from mnist_exp.study.rank_correlation import rank_correlation

X, Y = [1, 2, 3, 3, 5, 7, 8, 9], [2, 1, 4, 3, 3, 9, 8, 7]  # with equal numbers


def test_the_coefficient_is_that_of_scipy():
    assert rank_correlation(X, Y).rho == pytest.approx(stats.spearmanr(X, Y).statistic)


def test_the_interval_is_that_of_bonett_and_wright():
    found = rank_correlation(X, Y)
    half = 1.959964 * math.sqrt((1 + found.rho**2 / 2) / (8 - 3))
    ends = math.tanh(math.atanh(found.rho) - half), math.tanh(math.atanh(found.rho) + half)
    assert (found.low, found.high) == pytest.approx(ends)


def test_the_p_value_counts_all_permutations_of_few_pairs():
    """Of 5! = 120 orders, the same one and the reverse are as extreme."""
    assert rank_correlation([1, 2, 3, 4, 5], [10, 20, 30, 40, 50]).p == pytest.approx(2 / 120)
    assert rank_correlation([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]).p == pytest.approx(2 / 120)


def test_a_perfect_correlation_of_few_pairs_is_not_certain():
    found = rank_correlation([1, 2, 3, 4, 5], [5, 4, 3, 2, 1])
    assert (found.rho, found.low) == (pytest.approx(-1), -1.0)
    assert 0 < found.high < 0.3


def test_equal_numbers_have_no_correlation():
    assert rank_correlation([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]) is None
    assert rank_correlation([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]) is None


@pytest.mark.parametrize(("n", "r"), [(5, 0.0), (8, 0.7), (20, 0.5)])
def test_the_interval_covers_the_true_coefficient_and_the_test_keeps_its_level(n, r, monkeypatch):
    """Of a bivariate normal distribution, whose rank correlation is 6/π asin(r/2). 300 samples."""
    monkeypatch.setattr("mnist_exp.study.rank_correlation.PERMUTATIONS", 199)
    true, generator = 6 / math.pi * math.asin(r / 2), np.random.default_rng(0)
    found = []
    for _ in range(300):
        x = generator.normal(size=n)
        found.append(rank_correlation(x, r * x + math.sqrt(1 - r * r) * generator.normal(size=n)))
    assert np.mean([one.low <= true <= one.high for one in found]) > 0.92
    if r == 0:
        assert np.mean([one.p < 0.05 for one in found]) < 0.08
