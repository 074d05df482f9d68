"""Numbers of seeds: against the t-test's power, which scipy has in closed form, and against the test itself."""

import numpy as np
import pytest
from scipy import stats

from mnist_exp.study.max_t import max_t
from mnist_exp.study.power import SEEDS_TRIED, covariance_of, seeds_to_decide, seeds_to_show, simulated


def t_test_power(effect: float, n: int) -> float:
    critical = stats.t.ppf(0.975, n - 1)
    return float(stats.nct.sf(critical, n - 1, effect * n**0.5))


@pytest.mark.parametrize("effect", [0.6, 0.8, 1.2])
def test_one_pair_takes_as_many_seeds_as_a_t_test(effect):
    """Sign flips have the power of the t-test, except for very few seeds."""
    needed, _ = seeds_to_show(2, 1 / effect, 1.0, with_control=False)
    textbook = next(n for n in range(6, 200) if t_test_power(effect, n) >= 0.8)
    smaller, larger = (SEEDS_TRIED[max(0, SEEDS_TRIED.index(needed) + step)] for step in (-2, 1))
    assert smaller <= textbook <= larger


def test_more_pairs_take_more_seeds_and_a_control_takes_fewer():
    one, _ = seeds_to_show(2, 0.0006, 0.001, with_control=False)
    all_pairs, _ = seeds_to_show(6, 0.0006, 0.001, with_control=False)
    with_control, _ = seeds_to_show(6, 0.0006, 0.001, with_control=True)
    assert one <= with_control <= all_pairs
    assert one < all_pairs


@pytest.mark.slow
def test_so_many_seeds_do_show_it():
    """Fifteen pairs, a spread of 0.06 points, a difference of 0.1 points: simulated again with other numbers."""
    needed, _ = seeds_to_show(6, 0.0006, 0.001, with_control=False)
    rng, shown = np.random.default_rng(99), []
    for _ in range(400):
        arms = rng.normal(0, 0.0006 / 2**0.5, (needed, 6)) + np.array([0.001, 0, 0, 0, 0, 0])
        pairs = np.stack([arms[:, a] - arms[:, b] for a in range(6) for b in range(a + 1, 6)], axis=1)
        shown.append((max_t(pairs)[:5] < 0.05).mean())
    assert 0.76 < np.mean(shown) < 0.93


def test_an_open_pair_beside_a_clear_one():
    rng = np.random.default_rng(0)
    accuracies = 0.99 + rng.normal(0, 0.0005, (10, 3)) + np.array([0.0, 0.0006, 0.01])
    clear, open_pair = seeds_to_decide(accuracies, [(0, 2), (0, 1)], [0, 1], 0.001)
    assert clear == SEEDS_TRIED[0] < open_pair


def test_a_pair_at_the_margin_is_not_decided():
    accuracies = np.stack([np.tile([0.9, 0.92], 5), np.tile([0.92, 0.9], 5) + 0.001], axis=1)
    assert seeds_to_decide(accuracies, [(0, 1)], [0], 0.001) == [None]


def test_the_spread_is_that_of_common_seeds_or_else_of_each_arm():
    values = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, np.nan]])
    assert covariance_of(values) == pytest.approx(np.cov(values[:3], rowvar=False))
    apart = np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan], [np.nan, 1.0], [np.nan, 1.0], [np.nan, 4.0]])
    assert covariance_of(apart) == pytest.approx(np.diag([1.0, 3.0]))
    assert covariance_of(values[:2]) is None
    assert seeds_to_decide(values[:2], [(0, 1)], [0], 0.001) == [None]


def test_simulated_arms_have_their_means_and_covariance():
    covariance = np.array([[1.0, 0.5], [0.5, 2.0]])
    draws = simulated(np.array([1.0, 2.0]), covariance, 500).reshape(-1, 2)
    assert draws.mean(axis=0) == pytest.approx([1, 2], abs=0.03)
    assert np.cov(draws, rowvar=False) == pytest.approx(covariance, abs=0.05)
