"""Short versions of the simulations; the long ones are a command."""

import pytest

from mnist_exp.study.simulate_rounds import GRID, LOOKS, SETTINGS, Setting, error_rates, runs_saved, true_differences

BY_NAME = {setting.name: setting for setting in SETTINGS}


def test_true_differences_are_free_of_rounding():
    assert true_differences(Setting("", (0.3, 0.1 + 0.2, 0.2), (1, 1, 1))).tolist() == [0, 0.1, 0.1]


@pytest.mark.parametrize("name", ["2 equal arms, all seeds used", "2 arms that differ by the margin"])
def test_verdicts_on_two_arms_are_wrong_no_more_often_than_allowed(name):
    (row,) = error_rates(300, settings=[BY_NAME[name]])
    assert 0 < row.wrong_better + row.wrong_equivalent <= 0.05 + 2 * (0.05 * 0.95 / 300) ** 0.5
    assert 2 * LOOKS.first <= row.runs <= 2 * LOOKS.last


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_verdicts_are_wrong_no_more_often_than_allowed(setting):
    (row,) = error_rates(500, settings=[setting])
    for share in (row.wrong_better, row.wrong_equivalent):
        assert share <= 0.05 + 2 * (0.05 * 0.95 / 500) ** 0.5


@pytest.mark.slow
def test_rounds_save_runs():
    *_, both = runs_saved(60, settings=GRID)
    assert both.correct.saved > 0.3
    assert both.decided.share >= both.correct.share > 0.95
    assert both.decided.saved == pytest.approx(1 - both.runs / (12 * both.decided.fixed_seeds))
