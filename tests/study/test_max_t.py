"""The step-down max-T procedure against scipy, against its definition, and against Holm's correction."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from mnist_exp.study.max_t import equivalence, fewest_seeds, max_t, patterns, smallest_p
from mnist_exp.study.statistics import holm, sign_flip


def arms(n: int, *means: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(means, 1, (n, len(means)))


def pairs_of(values: np.ndarray) -> np.ndarray:
    k = values.shape[1]
    return np.stack([values[:, a] - values[:, b] for a in range(k) for b in range(a + 1, k)], axis=1)


@pytest.mark.parametrize("n", [5, 10])
def test_one_pair_is_scipys_test_by_sign_flips(n):
    differences = arms(n, 0.5)
    scipy = stats.permutation_test((differences[:, 0],), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert max_t(differences)[0] == pytest.approx(scipy.pvalue)
    assert max_t(differences)[0] == pytest.approx(sign_flip(list(differences[:, 0])))


def test_one_pair_is_equivalent_by_scipys_one_sided_tests():
    differences = arms(8, 0.1)
    one_sided = [
        stats.permutation_test(
            (shifted[:, 0],), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="greater"
        ).pvalue
        for shifted in (differences + 1.0, 1.0 - differences)
    ]
    assert equivalence(differences, 1.0)[0] == pytest.approx(max(one_sided))


def test_the_p_values_follow_from_the_definition():
    differences = pairs_of(arms(5, 0.0, 1.0, 2.0))

    def statistic(d: np.ndarray) -> np.ndarray:
        return np.abs(d.sum(axis=0)) / np.sqrt((d**2).sum(axis=0))

    flipped = [statistic(np.array(signs)[:, None] * differences) for signs in product((1, -1), repeat=5)]
    observed = statistic(differences)
    expected, worst = np.zeros(3), 0.0
    for rank, pair in enumerate(order := np.argsort(-observed)):
        worst = max(worst, np.mean([f[order[rank:]].max() >= observed[pair] - 1e-9 for f in flipped]))
        expected[pair] = worst
    assert max_t(differences) == pytest.approx(expected)


def test_it_finds_more_than_holms_correction():
    found = np.zeros(2)
    for seed in range(20):
        differences = pairs_of(arms(8, *np.linspace(0, 3, 5), seed=seed))
        corrected = holm([sign_flip(list(column)) for column in differences.T])
        found += (max_t(differences) <= 0.05).sum(), (np.array(corrected) <= 0.05).sum()
    assert found[0] > found[1]


def test_six_seeds_reach_the_level_however_many_pairs_there_are():
    assert fewest_seeds(0.05) == 6
    assert smallest_p(6) == 2 / 2**6
    agreeing = np.tile(np.linspace(1, 2, 6)[:, None], (1, 66))
    assert max_t(agreeing) == pytest.approx(smallest_p(6))
    assert max_t(agreeing[:5]).min() > 0.05


def test_more_seeds_than_can_be_enumerated_are_drawn_with_a_fixed_seed():
    assert len(patterns(30)) == 2**16
    differences = pairs_of(arms(30, 0.0, 0.3))
    assert max_t(differences)[0] == max_t(differences)[0]
    exact = stats.permutation_test((differences[:, 0],), np.sum, permutation_type="samples", n_resamples=100_000, rng=1)
    assert max_t(differences)[0] == pytest.approx(exact.pvalue, abs=0.01)


def test_a_pair_that_lacks_a_seed_is_tested_on_the_others():
    differences = arms(8, 1.0)
    padded = np.vstack([differences, [[np.nan]], [[np.nan]]])
    assert max_t(padded) == pytest.approx(max_t(differences))
    assert equivalence(padded, 3.0) == pytest.approx(equivalence(differences, 3.0))


def test_equal_results_are_not_different_and_are_equivalent():
    assert max_t(np.zeros((6, 3))) == pytest.approx(1.0)
    assert equivalence(np.zeros((6, 3)), 0.1) == pytest.approx(1 / 2**6)


def test_a_difference_of_more_than_the_margin_is_not_equivalent():
    differences = np.stack([np.full(8, 0.2), np.full(8, 0.05)], axis=1) + arms(8, 0.0) / 1000
    p_values = equivalence(differences, 0.1)
    assert p_values[0] > 0.5
    assert p_values[1] < 0.05
