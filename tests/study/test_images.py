"""The variance over seeds and images: against simulation, and against a bootstrap that resamples both."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_exp.runs.files import write_predictions
from mnist_exp.study.images import CorrectAnswers, accuracy_over_images, components, population
from mnist_exp.study.statistics import accuracy_interval
from tests.factories import record


def answers(rng: np.random.Generator, seeds: int, images: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Correct answers of two activations: images differ in how hard they are, and seeds in how well they went."""
    hard = rng.normal(1.5, 1.5, images)
    of_image = rng.normal(0, 0.7, (2, 1, images))
    of_seed = rng.normal(0, 0.15, (2, seeds, 1))
    own = np.array([shift, 0.0])[:, None, None]
    correct = (hard + of_image + of_seed + own + rng.normal(0, 0.7, (2, seeds, images)) > 0).astype(np.int8)
    return correct[0], correct[1]


def test_mean_squares_are_those_of_the_textbook():
    values = np.array([[1, 0, -1, 1], [1, 1, -1, 0], [0, 0, -1, 1]], dtype=np.int8)
    rows, columns, mean = values.mean(1), values.mean(0), values.mean()
    residuals = values - rows[:, None] - columns[None, :] + mean
    found = components(values)
    assert found.between_seeds == pytest.approx(4 * rows.var(ddof=1))
    assert found.between_images == pytest.approx(3 * columns.var(ddof=1))
    assert found.residual == pytest.approx((residuals**2).sum() / 6)


def test_the_variance_is_that_of_a_crossed_bootstrap():
    rng = np.random.default_rng(1)
    a, b = answers(rng, seeds=60, images=600)
    difference = (a - b).astype(float)
    means = [difference[np.ix_(rng.integers(0, 60, 60), rng.integers(0, 600, 600))].mean() for _ in range(2000)]
    # The bootstrap counts the residual variance three times, which is little with many seeds and images.
    found = components(a - b)
    residual = found.residual / (found.seeds * found.images)
    assert np.var(means) == pytest.approx(found.variance + 2 * residual, rel=0.1)


@pytest.mark.slow
def test_intervals_cover_the_true_difference_for_new_seeds_and_images():
    rng = np.random.default_rng(2)
    truth = np.mean([np.subtract(*answers(rng, 2, 100_000, shift=0.05)).mean() for _ in range(40)])
    covered = []
    for _ in range(1000):
        a, b = answers(rng, seeds=10, images=400, shift=0.05)
        found = population(a, b, float(a.mean() - b.mean()))
        covered.append(found.low <= truth <= found.high)
    assert 0.93 < np.mean(covered) < 0.97


def test_more_images_make_the_interval_narrower_until_seeds_limit_it():
    rng = np.random.default_rng(3)
    few, many = (population(*answers(rng, 5, images), 0.0).error for images in (100, 10_000))
    assert many < few / 2


def test_the_variance_is_never_less_than_over_seeds_alone():
    rng = np.random.default_rng(4)
    for _ in range(50):
        a, b = rng.integers(0, 2, (2, 4, 30)).astype(np.int8)
        over_seeds = (a - b).mean(axis=1).var(ddof=1) / 4
        assert components(a - b).variance >= over_seeds - 1e-12


def test_one_seed_leaves_the_images():
    a, b = answers(np.random.default_rng(5), 1, 1000)
    difference = (a - b)[0]
    assert components(a - b).variance == pytest.approx(difference.var(ddof=1) / 1000)


def test_equal_answers_are_equivalent_without_a_warning():
    same = np.ones((3, 1000), dtype=np.int8)
    found = population(same, same, 0.0)
    assert found.p == pytest.approx(1)
    assert found.p_equivalent(0.001) < 0.05
    assert found.low < 0 < found.high


def test_predictions_are_read_and_runs_without_them_are_left_out(tmp_path):
    labels, probabilities = np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    runs = [replace(record(seed=seed), run_dir=tmp_path / str(seed)) for seed in range(3)]
    for run in runs[:2]:
        run.run_dir.mkdir()
        write_predictions(run.run_dir, labels, probabilities)
    found = CorrectAnswers.read(runs)
    assert found.of(runs[:2]).tolist() == [[1, 0, 1], [1, 0, 1]]
    assert found.of(runs) is None
    assert found.of([]) is None


def test_runs_with_other_test_labels_are_not_compared(tmp_path):
    runs = [replace(record(seed=seed), run_dir=tmp_path / str(seed)) for seed in range(2)]
    for run, labels in zip(runs, ([0, 1], [1, 1]), strict=True):
        run.run_dir.mkdir()
        write_predictions(run.run_dir, np.array(labels), np.eye(2))
    assert CorrectAnswers.read(runs).of(runs) is None


def test_the_spread_on_the_distribution_is_less_than_on_the_test_set():
    correct, _ = answers(np.random.default_rng(6), seeds=200, images=2000)
    found = components(correct)
    assert found.sd_on_these_images == pytest.approx(correct.mean(axis=1).std(ddof=1))
    assert 0 < found.sd_on_all_images < found.sd_on_these_images


def test_the_interval_of_one_seed_is_that_of_a_share_of_images():
    correct = (np.arange(1000) >= 100).astype(np.int8)[np.newaxis]
    low, high = accuracy_over_images(correct, [0.9])
    assert low == pytest.approx(0.9 - 1.96 * (0.09 / 1000) ** 0.5, abs=0.003)
    assert high == pytest.approx(0.9 + 1.96 * (0.09 / 1000) ** 0.5, abs=0.003)


def test_the_interval_over_seeds_and_images_contains_that_over_seeds():
    rng = np.random.default_rng(0)
    for spread in (0.0, 0.05):
        shares = [0.9 - spread, 0.9, 0.9 + spread]
        correct = np.stack([rng.random(500) < share for share in shares]).astype(np.int8)
        accuracies = [float(row.mean()) for row in correct]
        low, high = accuracy_over_images(correct, accuracies)
        over_seeds = accuracy_interval(accuracies)
        assert low <= over_seeds.low < over_seeds.high <= high


def test_an_accuracy_of_one_has_no_interval_over_images():
    assert accuracy_over_images(np.ones((2, 10), dtype=np.int8), [1.0, 1.0]) is None
