"""The simulation, short: error rates, power and coverage; and that it notices a test that is wrong."""

import numpy as np
import pytest

from mnist_exp.study import simulate
from mnist_exp.study.max_t import max_t
from mnist_exp.study.simulate import ERRORS, POWERS, Setting, coverage_rows, error_row, main, power_row
from mnist_exp.study.simulate_rounds import ErrorRow, Saving, SavingRow

STUDIES = 300
ROW = SavingRow("grid", 2, 100.2, Saving(0.99, 25, 1 / 3), Saving(0.98, None, None))
MOST = 0.05 + 3 * (0.05 * 0.95 / STUDIES) ** 0.5  # three standard errors above the level


@pytest.mark.parametrize("setting", [ERRORS[0], ERRORS[6]], ids=lambda setting: setting.name)
def test_wrong_verdicts_are_as_rare_as_they_should_be(setting):
    row = error_row(setting, STUDIES)
    assert max(row.better, row.better_by_holm, row.equivalent) <= MOST


@pytest.mark.slow
@pytest.mark.parametrize("setting", POWERS, ids=lambda setting: setting.name)
def test_max_t_shows_at_least_as_much_as_holms_correction(setting):
    row = power_row(setting, 100)
    assert row.max_t >= row.holm
    assert row.max_t > 0


def test_max_t_shows_more_where_holms_correction_shows_little():
    row = power_row(POWERS[2], 100)
    assert row.max_t > row.holm + 0.1


def test_both_intervals_hold_the_truth_as_often_as_they_say():
    assert all(0.91 < row.coverage < 0.98 for row in coverage_rows(STUDIES, images=300))


def test_a_test_that_does_not_correct_for_several_pairs_is_noticed(monkeypatch):
    """With 15 pairs, each at the level of 5 %, more than every fifth study has a wrong verdict."""

    def uncorrected(differences):
        return max_t(differences) if differences.ndim > 3 else max_t(differences.swapaxes(1, 2)[..., None])[..., 0]

    monkeypatch.setattr(simulate, "max_t", uncorrected)
    assert error_row(ERRORS[0], STUDIES).better > 0.2


def test_the_pairs_have_their_true_means_and_spread():
    setting = Setting("", [0.0, 0.1], spread=0.06)
    differences = setting.differences(2_000, np.random.default_rng(0))
    assert differences.mean() == pytest.approx(setting.truth[0], abs=0.002)
    assert differences.std() == pytest.approx(0.06, rel=0.03)


def test_the_command_prints_a_table_for_each_question(capsys, monkeypatch):
    monkeypatch.setattr(simulate, "ERRORS", ERRORS[:1])
    monkeypatch.setattr(simulate, "POWERS", POWERS[:1])
    monkeypatch.setattr(simulate, "error_rates", lambda *_: [ErrorRow("equal", 4, 0.05, 0.0, 99.6)])
    monkeypatch.setattr(simulate, "runs_saved", lambda *_: [ROW])
    main(["--studies", "4"])
    printed = capsys.readouterr().out
    assert printed.startswith("4 studies in each row")
    assert "6 equal arms" in printed
    assert "over seeds and images like these" in printed
    assert [line.split() for line in printed.splitlines() if line.startswith(("equal", "grid"))] == [
        ["equal", "5.0", "%", "0.0", "%", "100"],
        ["grid", "100", "99.0", "%", "25", "33.3", "%", "98.0", "%", "–", "–"],
    ]
