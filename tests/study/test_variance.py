"""The sd of each source, the shares, the runs that a comparison needs, and the spread beyond the test images."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mnist_exp.runs.files import write_predictions
from mnist_exp.study.seed_sources import split_by_source
from mnist_exp.study.variance import ALL, measure, n_paired, n_unpaired, sd_limits, spread, sum_of_shares, true_spread
from tests.study.setups import one_source, seeded


def study_of(*runs, margin=0.1):
    return measure(split_by_source([run for group in runs for run in group])[1], margin)


def spreads_of(*runs):
    (arm,) = study_of(*runs).arms
    return {one.source: one for one in arm.spreads}


def test_the_sd_of_each_source_is_in_points_and_its_share_that_of_the_variance():
    # sds by hand: 1 point for 90, 91, 92; 2 points for 90, 92, 94
    spreads = spreads_of(one_source("weights", [0.90, 0.91, 0.92]), one_source("all", [0.90, 0.92, 0.94]))
    assert list(spreads) == ["weights", ALL]
    assert (spreads["weights"].sd.value, spreads[ALL].sd.value) == pytest.approx((1, 2))
    assert spreads["weights"].share.value == pytest.approx(1 / 4)
    assert spreads[ALL].share is None
    assert [(spread.n, spread.df) for spread in spreads.values()] == [(3, 2), (3, 2)]


def test_groups_with_other_seeds_are_pooled():
    """Around their own means: 90, 92 have a variance of 2, 95, 95, 95 of 0; (2 + 0) / (1 + 2)."""
    first, second = one_source("order", [0.90, 0.92]), one_source("order", [0.95] * 3, base=9)
    order = spreads_of(first, second)["order"]
    assert (order.n, order.df, order.sd.value) == (5, 3, pytest.approx((2 / 3) ** 0.5))


def test_the_interval_of_an_sd_is_that_of_published_tables():
    """Chi-square with 19 degrees of freedom: 8.907 and 32.852 (Pearson and Hartley, table 8)."""
    limits = sd_limits(2.0, 19)
    assert limits == pytest.approx((2, 2 * (19 / 32.852) ** 0.5, 2 * (19 / 8.907) ** 0.5), abs=1e-4)


def test_the_interval_of_a_share_is_that_of_published_tables():
    """The upper 2.5 % point of F with 2 and 2 degrees of freedom is 39.00."""
    share = spreads_of(one_source("weights", [0.90, 0.91, 0.92]), one_source("all", [0.90, 0.92, 0.94]))[
        "weights"
    ].share
    assert share == pytest.approx((0.25, 0.25 / 39, 0.25 * 39), rel=1e-3)


def test_the_intervals_cover_true_values_in_95_percent_of_simulated_studies():
    """Four sources that add up: their shares are 0.1, 0.2, 0.3, 0.4, and the sum is 1."""
    rng, shares, covered = np.random.default_rng(0), (0.1, 0.2, 0.3, 0.4), []
    for _ in range(400):
        whole = spread(ALL, [rng.normal(97, 1, 12)], 12)
        parts = [spread("weights", [rng.normal(97, share**0.5, 12)], 12, whole) for share in shares]
        inside = [part.share.low < share < part.share.high for part, share in zip(parts, shares, strict=True)]
        total = sum_of_shares(parts, whole)
        covered.append([*inside, whole.sd.low < 1 < whole.sd.high, total.low < 1 < total.high])
    assert np.mean(covered, axis=0) == pytest.approx(0.95, abs=0.035)  # 3 standard errors of 400 studies


@pytest.mark.parametrize(
    "runs",
    [
        [one_source("weights", [0.9, 0.91])],
        [one_source("weights", [0.9]), one_source("all", [0.9])],
        [one_source("weights", [0.9] * 3), one_source("order", [0.9] * 3), one_source("all", [0.9] * 3)],
        [one_source("weights", [0.9] * 3), one_source("all", [0.9, 0.92, 0.93])],
        [[seeded(weights=1, test=None, status="failed"), seeded(weights=2, test=None, status="missing")]],
    ],
)
def test_few_runs_equal_runs_and_failed_runs_have_no_nonsense(runs):
    """Warnings are errors here."""
    (arm,) = study_of(*runs).arms
    numbers = [x for one in arm.spreads for limits in (one.sd, one.share) for x in limits or ()]
    assert np.isfinite(numbers).all()
    assert arm.sum_of_shares is None


def test_runs_that_failed_are_counted():
    noise = spreads_of([*one_source("noise", [0.9, 0.92]), seeded(noise=8, test=None, status="diverged")])["noise"]
    assert (noise.n, noise.runs, noise.df) == (2, 3, 1)


@pytest.mark.parametrize(("effect", "n"), [(0.2, 394), (0.5, 64), (0.8, 26)])
def test_unpaired_runs_are_those_of_published_tables(effect, n):
    """Cohen (1988), table 2.4.1, and G*Power: two-sided alpha 0.05, power 0.8."""
    assert n_unpaired(effect, 1, 1) == n
    assert n_unpaired(effect, 0, 2**0.5) == n


@pytest.mark.parametrize(("effect", "n"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_pairs_are_those_of_published_tables(effect, n):
    assert n_paired(effect, 1) == n


def test_runs_needed_at_the_ends():
    assert (n_paired(0.1, 0), n_unpaired(0.1, 0, 0), n_paired(0.1, 1e-12)) == (2, 2, 2)
    assert (n_paired(0.01, 1), n_unpaired(1e-9, 1, 1)) == (None, None)


def test_the_power_at_that_number_of_runs_is_80_percent_in_simulation():
    rng = np.random.default_rng(1)
    a, b = (
        rng.normal(0.1, 0.15, (8000, n_unpaired(0.1, 0.15, 0.1))),
        rng.normal(0, 0.1, (8000, n_unpaired(0.1, 0.15, 0.1))),
    )
    assert 0.79 < (stats.ttest_ind(a, b, axis=1).pvalue < 0.05).mean() < 0.84
    differences = rng.normal(0.1, 0.12, (8000, n_paired(0.1, 0.12)))
    assert 0.79 < (stats.ttest_1samp(differences, 0, axis=1).pvalue < 0.05).mean() < 0.84


def test_pairs_of_activations_are_compared_from_the_runs_in_which_all_sources_vary():
    rng = np.random.default_rng(2)
    seeds, own = rng.normal(0.97, 0.001, 20), rng.normal(0, 0.0005, (2, 20))
    runs = [
        run for name, noise in zip(("relu", "mish"), own, strict=True) for run in one_source("all", seeds + noise, name)
    ]
    study = study_of(runs, one_source("weights", [0.9, 0.91]))
    (needed,) = study.needed
    assert (needed.cell_a.activation, needed.cell_b.activation, needed.n) == ("relu", "mish", 20)
    a, b = 100 * (seeds + own[0]), 100 * (seeds + own[1])
    assert needed.correlation == pytest.approx(stats.pearsonr(a, b).statistic)
    assert needed.unpaired == n_unpaired(0.1, a.std(ddof=1), b.std(ddof=1))
    assert needed.paired == n_paired(0.1, (a - b).std(ddof=1))
    assert needed.paired < needed.unpaired
    assert study_of(runs[:2], runs[20:22], one_source("weights", [0.9, 0.91])).needed == []


def test_the_true_spread_is_that_of_a_two_way_analysis_of_variance():
    """By hand, 2 runs × 3 images: SS of runs 1/6, of images 1/3, in all 5/6, so that the residual has 1/3."""
    found = true_spread(np.array([[1, 1, 1], [1, 0, 1]]))
    # row means 1 and 2/3: variance 1/18; MS of runs 3 / 18 = 1/6, residual (5/6 - 1/6 - 1/3) / 2 = 1/6
    assert found.on_test_set == pytest.approx(100 * (1 / 18) ** 0.5)
    assert found.on_distribution.value == pytest.approx(0, abs=1e-6)
    found = true_spread(np.array([[1, 1, 1], [0, 0, 0]]))
    assert found.on_distribution.value == found.on_test_set == pytest.approx(100 * 0.5**0.5)


@pytest.mark.parametrize("true_sd", [0.0, 0.004])
def test_the_true_spread_is_found_in_simulated_runs(true_sd):
    """Images of different difficulty; the runs' accuracies on all images have this sd."""
    rng, found = np.random.default_rng(3), []
    for _ in range(40):
        difficulty = rng.beta(0.5, 6, 3000)
        errors = difficulty * (1 + rng.normal(0, true_sd / difficulty.mean(), (20, 1)))
        found.append(true_spread(rng.random((20, 3000)) > errors))
    variances = [one.on_distribution.value**2 for one in found]
    inside = [one.on_distribution.low <= 100 * true_sd <= one.on_distribution.high for one in found]
    assert np.mean(inside) >= 0.85
    assert np.mean([one.on_test_set for one in found]) > 100 * true_sd + 0.05
    assert np.mean(variances) == pytest.approx((100 * true_sd) ** 2, abs=0.035)


def with_predictions(runs, folder, images=50):
    rng, labels = np.random.default_rng(4), np.arange(images) % 10
    stored = []
    for number, run in enumerate(runs):
        own = folder / f"{run.activation}{number}"
        own.mkdir()
        write_predictions(own, labels, np.eye(10)[np.where(rng.random(images) < 0.8, labels, 0)])
        stored.append(replace(run, run_dir=own))
    return stored


def test_the_predictions_of_the_runs_are_read_if_all_are_there(tmp_path):
    runs = with_predictions(one_source("all", [0.8] * 4), tmp_path)
    weights = one_source("weights", [0.8, 0.9])
    found = study_of(runs, weights).arms[0].true_spread
    assert found.n == 4
    assert 0 < found.on_test_set < 20
    assert study_of(runs[:1], weights).arms[0].true_spread is None
    (runs[0].run_dir / "predictions.npz").write_bytes(b"damaged")
    assert study_of(runs, weights).arms[0].true_spread is None
    (runs[0].run_dir / "predictions.npz").unlink()
    assert study_of(runs, weights).arms[0].true_spread is None


def test_predictions_for_other_images_are_not_compared(tmp_path):
    runs = with_predictions(one_source("all", [0.8] * 2), tmp_path)
    write_predictions(runs[0].run_dir, np.zeros(50, dtype=int), np.eye(10)[[0] * 50])
    assert study_of(runs, one_source("weights", [0.8, 0.9])).arms[0].true_spread is None
