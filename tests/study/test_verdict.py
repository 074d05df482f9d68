import re
from dataclasses import replace

import numpy as np
import pytest

from mnist_exp.study.comparisons import compare
from mnist_exp.study.swept_settings import swept_keys
from mnist_exp.study.verdict import verdict_text
from tests.factories import arms, measured, record, study_config


def lines(runs, control=None):
    swept = swept_keys(runs)
    return verdict_text(runs, swept, compare(runs, swept, study_config(control=control)), control).splitlines()


def with_recipe(runs, recipe):
    return [replace(run, overrides=[*run.overrides, f"recipe={recipe}"]) for run in runs]


def test_below_three_seeds_the_differences_are_stated():
    assert lines(measured(mish=[0.912], sigmoid=[0.131], relu=[0.912])) == [
        "cnn on mnist: no verdict (too few seeds, n = 1; 3 allow a t-test, 6 an exact test): "
        "mish is 78.10 points above sigmoid, "
        "relu is 78.10 points above sigmoid, mish and relu are equal."
    ]


def test_a_long_list_of_differences_is_shortened():
    (line,) = lines(measured(**{f"a{i}": [0.9 + i / 100] for i in range(5)}))
    assert line.endswith("and 4 more in comparisons.csv.")
    assert "a4 is 4.00 points above a0" in line


def test_three_seeds_that_differ_plainly_have_a_verdict():
    runs = measured(mish=[0.912, 0.913, 0.911], sigmoid=[0.131, 0.129, 0.134])
    assert lines(runs)[:2] == [
        "cnn on mnist: better than sigmoid, in points: mish by 78.07 [77.19, 78.94] "
        "(p < 0.001, n = 3, if differences are normal).",
        "  Test: paired t with Holm's correction, 1 pair; it assumes normal differences, "
        "which the exact test with 6 seeds does not.",
    ]


def test_without_a_pair_there_is_no_text():
    assert lines(arms(2, relu=0.0)) == []


def test_each_kind_of_verdict_has_a_line():
    noise = np.array([-0.0002, 0.0002, 0.0001, -0.0001, 0.0003, -0.0003, 0.0, 0.0001])
    even, wide = np.roll(noise, 3), np.array([-0.004, 0.004, 0.002, -0.002, 0.003, -0.003, 0.0, 0.001])
    found = lines(measured(relu=0.99 + noise, mish=0.99 + even, tanh=0.98 - noise, elu=0.9905 + wide))
    assert found[:4] == [
        "cnn on mnist:",
        "  better than tanh, in points: elu by 1.06 [0.81, 1.32], relu by 1.00 [0.97, 1.04], mish by 1.00 [0.97, 1.03] "
        "(p ≤ 0.008, n = 8)",
        "  equivalent, within ±0.1 points: relu and mish (n = 8)",
        "  open: relu and elu (-0.06 points, over 100 more seeds), mish and elu (-0.06 points, over 100 more seeds)"
        " (n = 8)",
    ]
    assert found[4] == "  Test: max-T over sign flips, 6 pairs; p < 0.05 needs 6 seeds."


def test_activations_are_listed_by_the_one_they_are_better_than():
    """Ten seeds, three pairs, each the most extreme of 2^10 patterns: p = 2 / 1024."""
    assert lines(arms(10, relu=0.0, mish=0.01, tanh=-0.02))[:3] == [
        "cnn on mnist:",
        "  better than tanh, in points: mish by 3.00 [3.00, 3.00], relu by 2.00 [2.00, 2.00] (p ≤ 0.002, n = 10)",
        "  better than relu, in points: mish by 1.00 [1.00, 1.00] (p = 0.002, n = 10)",
    ]


def test_a_single_verdict_takes_one_line():
    assert lines(arms(10, relu=0.0, mish=0.01))[0] == (
        "cnn on mnist: better than relu, in points: mish by 1.00 [1.00, 1.00] (p = 0.002, n = 10)."
    )


def test_a_difference_within_the_margin_says_so():
    noise = np.linspace(-0.0001, 0.0001, 10)
    found = lines(measured(relu=0.99 + noise, mish=0.9905 + noise[::-1]))[0]
    assert "mish by 0.05 [0.04, 0.06] (within the margin) (p = " in found


def test_a_control_is_named_and_its_absence_too():
    runs = arms(10, relu=0.0, mish=0.01, tanh=0.02)
    assert "2 pairs with relu;" in "\n".join(lines(runs, "relu"))
    assert lines(runs, "elu") == ["Not compared, since study.control=elu has no finished run there: cnn on mnist."]


@pytest.mark.parametrize(
    ("images", "line"),
    [
        (("better", "equivalent"), "  This also holds for other images like these test images."),
        (("open", "open"), "  This holds for these test images. For other images like these, nothing is shown."),
        (
            ("open", "equivalent"),
            "  For other images like these test images, all of this holds except mish over relu.",
        ),
        (("better", "open"), "  For other images like these test images, all of this holds except relu = tanh."),
    ],
)
def test_which_verdicts_hold_for_other_images(images, line):
    runs = arms(6, relu=0.0, mish=0.01, tanh=0.02)
    pairs = compare(runs, [], study_config())[:2]
    kinds = zip(pairs, ("better", "equivalent"), images, strict=True)
    changed = [replace(pair, kind=kind, kind_images=of_images) for pair, kind, of_images in kinds]
    assert verdict_text(runs, [], changed).splitlines()[3] == line


def test_the_number_of_seeds_needed_follows_from_the_sd_of_the_differences():
    """sd 0.1 points for a difference of 0.1 points, one pair: the textbook's n for an effect of 1 is 10."""
    noise = (-0.001, 0.001, -0.001, 0.001, -0.001, 0.001)
    sd = np.std(noise, ddof=1) / 0.001
    found = lines(measured(relu=[0.9] * 6, mish=[0.9 + d / sd for d in noise]))
    shown = re.search(r"varies by 0\.10 points .* takes (\d+) seeds, .* equivalent (\d+) \(power 80 %", found[2])
    assert shown[1] in ("10", "12")


def test_selected_learning_rates_are_named():
    runs = [
        *(record("relu", lr=0.1), record("relu", val=0.5, lr=0.2)),
        *(record("mish", val=0.5, lr=0.1), record("mish", lr=0.2)),
    ]
    assert lines(runs)[1] == "  Each at its best learning rate by validation accuracy: relu 0.1, mish 0.2."


def test_different_choices_of_learning_rates_are_reported():
    runs = [record("relu", lr=0.1), record("relu", val=0.5, lr=0.2), record("mish", lr=0.1)]
    assert "relu 0.1, mish 0.1 (not a fair comparison: not all were tried at the same rates)." in lines(runs)[1]


def test_the_rate_of_another_recipe_was_not_a_choice():
    plain = [record(name, val=lr, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    quick = with_recipe([record(name, lr=0.5) for name in ("relu", "tanh")], "quick")
    assert [line for line in lines([*plain, *quick]) if "rate" in line] == [
        "  Each at its best learning rate by validation accuracy: relu 0.2, mish 0.2."
    ]


def test_rates_that_cannot_be_selected_are_reported():
    runs = [record(name, test=lr, val=None, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    assert "  No learning rate was chosen" in "\n".join(lines(runs))


def test_one_activation_that_failed_with_a_seed_does_not_decide_the_number_of_seeds():
    names = ("relu", "mish", "tanh", "elu")
    runs = [record(name, seed, test=0.9 + 0.001 * seed * i) for i, name in enumerate(names) for seed in range(3)]
    runs += [record("sigmoid", seed, test=test) for seed, test in enumerate((0.9, 0.9, 0.11))]
    assert "varies by 0.15 points" in "\n".join(lines(runs))


def test_recipes_are_compared_separately():
    plain = arms(3, relu=0.0, mish=0.1)
    found = lines([*plain, *with_recipe(plain, "quick")])
    networks = [line.partition(":")[0] for line in found if not line.startswith(" ")]
    assert networks == ["cnn on mnist", "cnn recipe=quick on mnist"]


def test_cells_that_lack_runs_are_named():
    lost = [record("mish", seed, status=s, val=None, test=None) for seed, s in enumerate(("diverged", "missing"))]
    assert lines([*arms(2, relu=0.0), *lost]) == ["Runs without results: cnn mish (1 diverged, 1 missing of 2)."]


def test_an_activation_at_chance_stays_out_of_the_number_of_seeds():
    noise = np.array([0.001, -0.001, 0.0])
    stuck = [0.11, 0.35, 0.12]
    runs = measured(relu=0.9 + noise, mish=0.95 - noise, sigmoid=stuck)
    assert "varies by 0.20 points" in "\n".join(lines(runs))
