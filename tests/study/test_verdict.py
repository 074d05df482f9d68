import re
from dataclasses import replace

import pytest

from mnist_exp.study.comparisons import compare
from mnist_exp.study.swept_settings import swept_keys
from mnist_exp.study.verdict import verdict_text
from tests.factories import arms, record


def lines(runs):
    swept = swept_keys(runs)
    return verdict_text(runs, swept, compare(runs, swept)).splitlines()


def with_recipe(runs, recipe):
    return [replace(run, overrides=[*run.overrides, f"recipe={recipe}"]) for run in runs]


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_seeds_get_a_number_instead_of_a_verdict(n):
    assert lines(arms(n, relu=0.0, mish=0.1)) == [
        f"cnn on mnist: too few seeds to compare relu and mish: n = {n}; 6 seeds could show a difference."
    ]


def test_pairs_that_all_have_the_same_verdict_are_one_list():
    assert lines(arms(1, relu=0.0, mish=0.1, tanh=0.2)) == [
        "cnn on mnist: too few seeds to compare any two of relu, mish, tanh: n = 1; 7 seeds could show a difference."
    ]


def test_enough_seeds_without_a_difference_show_none():
    runs = [record(name, seed) for name in ("relu", "mish") for seed in range(6)]
    assert lines(runs)[0] == "cnn on mnist: no difference shown between relu and mish."


def test_without_a_pair_there_is_no_text():
    assert lines(arms(2, relu=0.0)) == []


def test_each_verdict_has_a_line():
    assert lines([*arms(10, relu=0.0, mish=0.01), *arms(2, tanh=0.02)])[:3] == [
        "cnn on mnist:",
        "  better than relu, in points: mish by 1.00 (p = 0.006, n = 10)",
        "  too few seeds to compare relu and tanh, mish and tanh: n = 2; 7 seeds could show a difference",
    ]


def test_activations_are_listed_by_the_one_they_are_better_than():
    """Ten seeds, three pairs, each the most extreme of 2^10 patterns: p = 3 · 2 / 1024."""
    assert lines(arms(10, relu=0.0, mish=0.01, tanh=-0.02))[:3] == [
        "cnn on mnist:",
        "  better than tanh, in points: mish by 3.00, relu by 2.00 (p ≤ 0.006, n = 10)",
        "  better than relu, in points: mish by 1.00 (p = 0.006, n = 10)",
    ]


def test_a_single_verdict_takes_one_line():
    assert lines(arms(10, relu=0.0, mish=0.01))[0] == (
        "cnn on mnist: better than relu, in points: mish by 1.00 (p = 0.002, n = 10)."
    )


def test_the_number_of_seeds_needed_follows_from_the_sd_of_the_differences():
    """sd 0.1 points for a difference of 0.1 points, one pair: the textbook's n for an effect of 1 is 10."""
    runs = [record("relu", seed, test=0.9) for seed in range(3)]
    runs += [record("mish", seed, test=0.9 + d) for seed, d in enumerate((-0.001, 0, 0.001))]
    assert lines(runs)[1] == (
        "  The difference between two activations varies by 0.10 points (sd) from seed to seed: "
        "showing a difference of 0.1 points takes 10 seeds (power 80 %)."
    )


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
    assert re.search(r"varies by 0\.25 points .* takes 88 seeds", lines(runs)[1])


def test_recipes_are_compared_separately():
    plain = arms(3, relu=0.0, mish=0.1)
    found = lines([*plain, *with_recipe(plain, "quick")])
    networks = [line.partition(":")[0] for line in found if not line.startswith(" ")]
    assert networks == ["cnn on mnist", "cnn recipe=quick on mnist"]


def test_cells_that_lack_runs_are_named():
    lost = [record("mish", seed, status=s, val=None, test=None) for seed, s in enumerate(("diverged", "missing"))]
    assert lines([*arms(2, relu=0.0), *lost]) == ["Runs without results: cnn mish (1 diverged, 1 missing of 2)."]
