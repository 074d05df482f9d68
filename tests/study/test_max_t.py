"""The step-down max-T procedure against scipy, against its definition, and against Holm's correction."""

import tracemalloc
from itertools import product

import numpy as np
import pytest
from scipy import stats

from mnist_exp.study.max_t import equivalence, fewest_seeds, max_t, patterns, smallest_p
from mnist_exp.study.statistics import holm


def arms(n: int, *means: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(means, 1, (n, len(means)))


def pairs_of(values: np.ndarray) -> np.ndarray:
    k = values.shape[1]
    return np.stack([values[:, a] - values[:, b] for a in range(k) for b in range(a + 1, k)], axis=1)


def alone(differences) -> float:
    """The p-value of one pair."""
    return float(max_t(np.array(differences, dtype=float)[:, None])[0])


@pytest.mark.parametrize("n", [5, 10])
def test_one_pair_is_scipys_test_by_sign_flips(n):
    differences = arms(n, 0.5)
    scipy = stats.permutation_test((differences[:, 0],), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert max_t(differences)[0] == pytest.approx(scipy.pvalue)


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
        corrected = holm([alone(column) for column in differences.T])
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


@pytest.mark.parametrize("n", [3, 5, 8])
def test_the_sign_flip_test_is_the_full_enumeration(n):
    differences = np.random.default_rng(n).normal(0.3, 1, n)
    flips = [abs(np.mean(differences * signs)) for signs in product([1, -1], repeat=n)]
    by_hand = np.mean([flipped >= abs(differences.mean()) - 1e-12 for flipped in flips])
    assert alone(differences) == pytest.approx(by_hand)


def test_a_worked_sign_flip():
    """All five differences point one way: only ±±±±± alike are as extreme, 2 of 32 patterns."""
    assert alone([1, 2, 3, 4, 5]) == pytest.approx(2 / 32)


@pytest.mark.parametrize("seed", range(20))
def test_accuracies_of_ten_thousand_images_tie_where_their_counts_do(seed):
    """Counted in whole images, where nothing is rounded."""
    first, second = np.random.default_rng(seed).integers(9900, 9910, (2, 8))
    flips = [abs(sum(signs * (first - second))) for signs in product([1, -1], repeat=8)]
    by_hand = np.mean([flipped >= abs((first - second).sum()) for flipped in flips])
    assert alone(first / 10_000 - second / 10_000) == by_hand


def test_one_pair_can_show_nothing():
    assert alone([0.5]) == 1.0


def test_accuracies_that_tie_are_counted_as_ties():
    assert alone([0.0, 0.0, 0.0]) == 1.0
    assert alone([0.1, -0.1]) == 1.0


@pytest.mark.slow
def test_many_pairs_are_drawn_the_same_way_each_time_and_near_the_normal_limit():
    differences = np.random.default_rng(1).normal(0.3, 1, 60)
    assert alone(differences) == alone(differences)
    assert alone(differences) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.01)


def test_studies_side_by_side_are_tested_one_by_one():
    studies = np.stack([pairs_of(arms(7, 0.0, 1.0, 2.0, seed=seed)) for seed in range(3)])
    assert max_t(studies) == pytest.approx(np.stack([max_t(study) for study in studies]))
    assert equivalence(studies, 2.0) == pytest.approx(np.stack([equivalence(study, 2.0) for study in studies]))


@pytest.mark.slow
def test_thousands_of_seeds_take_little_memory():
    """Two arms with 5,000 seeds each: 10,000 rows of results."""
    tracemalloc.start()
    assert max_t(arms(5_000, 0.1))[0] < 0.05
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.5e9
