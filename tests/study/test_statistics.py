import numpy as np
import pytest
from scipy import stats

from mnist_exp.study.statistics import accuracy_interval, holm, interval, paired_t


def test_the_interval_is_students():
    values = [99.1, 99.3, 99.2, 99.5, 99.4]
    found = interval(values)
    low, high = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert found.n == 5
    assert (found.mean, found.sd) == (pytest.approx(99.3), pytest.approx(0.15811388))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_a_worked_interval():
    """1, 2, 3: mean 2, sd 1, t(0.975, 2) = 4.3027 from the tables, so 2 ± 4.3027 / √3."""
    assert interval([1, 2, 3]).high == pytest.approx(2 + 4.3027 / 3**0.5, abs=1e-4)


def test_one_value_has_no_spread():
    assert interval([0.5]) == (1, 0.5, None, None, None)


def test_the_interval_of_an_accuracy_does_not_pass_100_percent():
    """Student's is 98.33 to 100.24 %. By hand: logit 0.99285 = 4.9335, sd √2·0.00075, t(0.975, 1) = 12.7062."""
    values = [0.9921, 0.9936]
    assert interval(values).high > 1
    half = 12.7062 * 0.00075 / (0.99285 * 0.00715)
    found = accuracy_interval(values)
    assert (found.low, found.high) == (
        pytest.approx(1 / (1 + np.exp(-4.9335 + half)), abs=1e-5),
        pytest.approx(1 / (1 + np.exp(-4.9335 - half)), abs=1e-5),
    )
    assert found[:3] == interval(values)[:3]


@pytest.mark.parametrize("values", [[0.0, 1.0], [1.0, 1.0, 0.9999], [0.0001, 0, 0], [0.5, 0.500001], [1e-12, 0.3]])
def test_the_interval_of_an_accuracy_is_inside_0_to_1_and_around_the_mean(values):
    n, mean, _, low, high = accuracy_interval(values)
    assert n == len(values)
    assert 0 <= low < mean < high <= 1


@pytest.mark.parametrize("value", [0.0, 0.1, 0.7, 1.0])
def test_accuracies_that_do_not_vary_are_their_interval(value):
    assert accuracy_interval([value] * 4) == (4, pytest.approx(value), 0, pytest.approx(value), pytest.approx(value))
    assert accuracy_interval([value]) == (1, value, None, None, None)


def test_the_interval_of_an_accuracy_with_a_small_sd_is_students():
    values = 0.98 + np.random.default_rng(0).normal(0, 1e-5, 10)
    found, student = accuracy_interval(values), interval(values)
    assert found.low - found.mean == pytest.approx(student.low - student.mean, rel=1e-3)
    assert found.high - found.mean == pytest.approx(student.high - student.mean, rel=1e-3)


def test_more_spread_makes_the_interval_of_an_accuracy_wider_at_both_ends():
    found = [accuracy_interval([0.99 - d, 0.99, 0.99 + d]) for d in (0.0001, 0.001, 0.005, 0.01)]
    assert sorted(found, key=lambda one: one.high) == found
    assert sorted(found, key=lambda one: -one.low) == found


def test_the_interval_of_an_accuracy_mirrors_that_of_the_error_rate():
    accuracy, error = accuracy_interval([0.95, 0.97, 0.98]), accuracy_interval([0.05, 0.03, 0.02])
    assert (accuracy.low, accuracy.high) == (pytest.approx(1 - error.high), pytest.approx(1 - error.low))


@pytest.mark.parametrize(("accuracy", "sd", "n"), [(0.993, 0.0006, 5), (0.88, 0.002, 3), (0.998, 0.0005, 10)])
def test_the_interval_of_an_accuracy_covers_the_true_mean_as_often_as_it_says(accuracy, sd, n):
    """Accuracies on 10,000 test images whose expectation varies from seed to seed."""
    rng, rounds = np.random.default_rng(n), 2_000
    values = rng.binomial(10_000, rng.normal(accuracy, sd, (rounds, n))) / 10_000
    found = [accuracy_interval(row) for row in values]
    assert 0.935 <= np.mean([one.low <= accuracy <= one.high for one in found]) <= 0.965


def test_an_interval_in_percent():
    assert interval([0.1, 0.2, 0.3]).in_percent() == pytest.approx(interval([10, 20, 30]))
    assert interval([0.5]).in_percent() == (1, 50, None, None, None)


def test_holms_own_example():
    """Sorted 0.01, 0.02, 0.03 of three: 3·0.01, 2·0.02, then 1·0.03 held up by the 0.04 before it."""
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.5, 0.6]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


DIFFERENCES = [0.3, 0.1, -0.1, 0.4, 0.2]


def test_the_paired_t_test_is_scipys():
    found = paired_t(DIFFERENCES, 0)
    assert found.p == pytest.approx(stats.ttest_1samp(DIFFERENCES, 0).pvalue)
    one_sided = [stats.ttest_1samp(DIFFERENCES, bound, alternative=side).pvalue for bound, side in BOUNDS]
    assert found.p_equivalent(0.5) == pytest.approx(max(one_sided))


BOUNDS = [(-0.5, "greater"), (0.5, "less")]


def test_equal_differences_are_not_certain():
    """Three times the same difference of two images in 10,000."""
    assert paired_t([0.0002] * 3, 0.0001).p == pytest.approx(2 * stats.t.sf(2 * 3**0.5, 2))
    assert paired_t([0.0] * 3, 0.0001).p == 1


def test_the_probability_of_a_positive_difference_at_a_new_seed_is_calibrated():
    """Of normal differences: where it says p, a share p of new ones is positive."""
    rng = np.random.default_rng(0)
    drawn = rng.normal(0.5, 1, (4000, 6))
    probabilities = np.array([paired_t(row[:5], 0).positive_next for row in drawn])
    assert (drawn[:, 5] > 0).mean() == pytest.approx(stats.norm.cdf(0.5), abs=0.02)
    # Its calibration is over all true means, so it is tested with means that are as likely on either side.
    means = rng.uniform(-20, 20, 20_000)
    drawn = rng.normal(means[:, None], 1, (20_000, 6))
    probabilities = np.array([paired_t(row[:5], 0).positive_next for row in drawn])
    positive = drawn[:, 5] > 0
    for low, high in ((0.2, 0.4), (0.4, 0.6), (0.6, 0.8)):
        among = (probabilities > low) & (probabilities < high)
        assert positive[among].mean() == pytest.approx(probabilities[among].mean(), abs=0.06)
