import numpy as np
import pytest
from scipy import stats

from mnist_exp.study.spending import RHO, Looks, running_means, thresholds


@pytest.mark.parametrize(
    ("looks", "counts"),
    [
        (Looks(6, 2, 12), (6, 8, 10, 12)),
        (Looks(6, 4, 12), (6, 10, 12)),
        (Looks(6, 32, 30), (6, 30)),
        (Looks(4, 2, 4), (4,)),
    ],
)
def test_the_last_look_is_after_the_last_seed(looks, counts):
    assert looks.counts == counts


def test_a_single_look_spends_all_at_once():
    assert thresholds(Looks(10, 1, 10), 0.05) == (0.05,)


@pytest.mark.parametrize("rho", [1, RHO])
def test_the_first_look_spends_a_share_that_grows_with_a_power_of_the_seeds(rho):
    assert thresholds(Looks(6, 2, 30), 0.05, rho)[0] == pytest.approx(0.05 * (6 / 30) ** rho)


def test_the_error_is_spent_as_planned():
    """Held against the multivariate normal distribution, which paired t statistics of many seeds follow closely."""
    looks = Looks(40, 40, 120)
    limits = stats.norm.isf(np.array(thresholds(looks, 0.05)) / 2)
    n = np.array(looks.counts)
    correlation = np.sqrt(np.minimum.outer(n, n) / np.maximum.outer(n, n))
    for k in range(1, 4):
        inside = stats.multivariate_normal(np.zeros(k), correlation[:k, :k])
        crossed = 1 - inside.cdf(limits[:k], lower_limit=-limits[:k])
        assert crossed == pytest.approx(0.05 * (n[k - 1] / 120) ** RHO, abs=0.002)


@pytest.mark.parametrize("error", [0.1, 0.05, 0.05 / 6])
def test_equal_arms_cross_a_threshold_as_often_as_allowed(error):
    """With other random numbers than those that the thresholds come from, and few seeds."""
    looks, studies = Looks(6, 2, 14), 20_000
    differences = np.random.default_rng(99).standard_normal((studies, 14))
    p = np.array([stats.ttest_1samp(differences[:, :n], 0, axis=1).pvalue for n in looks.counts])
    crossed = (p <= np.array(thresholds(looks, error))[:, None]).any(axis=0).mean()
    assert crossed == pytest.approx(error, abs=4 * (error / studies) ** 0.5)


def test_a_smaller_error_has_stricter_thresholds():
    looks = Looks(6, 2, 30)
    loose, strict = (np.array(thresholds(looks, error)) for error in (0.05, 0.05 / 15))
    assert (strict < loose / 10).all()
    assert (strict >= np.diff(0.05 / 15 * (np.array(looks.counts) / 30) ** RHO, prepend=0)).all()


def test_running_means_are_numpys():
    differences = np.random.default_rng(0).normal(3, 1, (2, 10))
    mean, error = running_means(differences, (4, 10))
    assert mean == pytest.approx(np.stack([differences[:, :4].mean(1), differences.mean(1)], axis=1))
    assert error == pytest.approx(np.stack([stats.sem(differences[:, :4], axis=1), stats.sem(differences, axis=1)], 1))
