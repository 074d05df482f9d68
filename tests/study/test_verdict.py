import re

import pytest

from mnist_exp.study.cells import swept_keys
from mnist_exp.study.tables import comparison_rows
from mnist_exp.study.verdict import in_plain_words
from tests.study.test_tables import arms, run


def words(runs):
    swept = swept_keys(runs)
    return in_plain_words(runs, swept, comparison_rows(runs, swept)).splitlines()


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_seeds_get_a_number_instead_of_a_verdict(n):
    assert words(arms(n, relu=0.0, mish=0.1)) == [
        f"cnn on mnist: too few seeds to tell between relu and mish: n = {n}, 6 seeds could."
    ]


def test_many_are_told_in_one_list():
    assert words(arms(1, relu=0.0, mish=0.1, tanh=0.2)) == [
        "cnn on mnist: too few seeds to tell between any two of relu, mish, tanh: n = 1, 7 seeds could."
    ]


def test_nothing_to_compare_is_nothing_to_say():
    assert words(arms(2, relu=0.0)) == []


def test_the_words_count_what_was_shown_and_what_was_not():
    assert words([*arms(10, relu=0.0, mish=0.01), *arms(2, tanh=0.02)])[:3] == [
        "cnn on mnist:",
        "  better than relu, in points: mish by 1.00 (p = 0.006, n = 10)",
        "  too few seeds to tell between relu and tanh, mish and tanh: n = 2, 7 seeds could",
    ]


def test_what_is_better_is_told_by_what_it_beats():
    """Ten seeds, three pairs, each the most extreme of 2^10 patterns: p = 3 · 2 / 1024."""
    assert words(arms(10, relu=0.0, mish=0.01, tanh=-0.02))[:3] == [
        "cnn on mnist:",
        "  better than tanh, in points: mish by 3.00, relu by 2.00 (p ≤ 0.006, n = 10)",
        "  better than relu, in points: mish by 1.00 (p = 0.006, n = 10)",
    ]


def test_one_verdict_needs_one_line():
    assert words(arms(10, relu=0.0, mish=0.01))[0] == (
        "cnn on mnist: better than relu, in points: mish by 1.00 (p = 0.002, n = 10)."
    )


def test_the_power_line_uses_the_spread_of_the_differences():
    """sd 0.1 points for a difference of 0.1 points, one pair: the textbook's n for an effect of 1 is 10."""
    runs = [run("relu", s, 0.9) for s in range(3)] + [run("mish", s, 0.9 + d) for s, d in enumerate((-0.001, 0, 0.001))]
    assert words(runs)[1] == (
        "  The difference of two activations scatters by 0.10 points from seed to seed (sd): to show one of "
        "0.1 points takes 10 seeds (power 80 %)."
    )


def test_rates_that_were_settled_are_named():
    runs = [run("relu", lr=0.1), run("relu", val=0.5, lr=0.2), run("mish", val=0.5, lr=0.1), run("mish", lr=0.2)]
    assert words(runs)[1] == "  Each at its best rate by validation: relu 0.1, mish 0.2."


def test_an_unequal_choice_of_rates_is_said():
    runs = [run("relu", lr=0.1), run("relu", val=0.5, lr=0.2), run("mish", lr=0.1)]
    assert "relu 0.1, mish 0.1 (not all had the same rates to choose from: no fair comparison)." in words(runs)[1]


def test_a_rate_that_another_recipe_has_was_not_to_choose_from():
    plain = [run(name, val=lr, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    quick = [run(name, lr=0.5) for name in ("relu", "tanh")]
    found = words([*plain, *(r | {"overrides": [*r["overrides"], "recipe=quick"]} for r in quick)])
    assert [line for line in found if "rate" in line] == ["  Each at its best rate by validation: relu 0.2, mish 0.2."]


def test_rates_that_cannot_be_settled_are_said_to_be_open():
    runs = [run(name, test=lr, val=None, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    assert "  No learning rate is chosen" in "\n".join(words(runs))


def test_one_activation_that_failed_with_a_seed_neither_hangs_the_power_line_nor_stands_for_the_rest():
    runs = [
        run(name, s, 0.9 + 0.001 * s * i) for i, name in enumerate(("relu", "mish", "tanh", "elu")) for s in range(3)
    ]
    runs += [run("sigmoid", 0, 0.9), run("sigmoid", 1, 0.9), run("sigmoid", 2, 0.11)]
    assert re.search(r"scatters by 0\.25 points .* takes 88 seeds", words(runs)[1])


def test_recipes_are_compared_apart():
    plain = arms(3, relu=0.0, mish=0.1)
    quick = [r | {"overrides": [*r["overrides"], "recipe=quick"]} for r in plain]
    networks = [line.partition(":")[0] for line in words([*plain, *quick]) if not line.startswith(" ")]
    assert networks == ["cnn on mnist", "cnn recipe=quick on mnist"]


def test_what_has_no_figures_is_named():
    lost = [run("mish", s, status=status, val=None, test=None) for s, status in enumerate(("diverged", "missing"))]
    assert words([*arms(2, relu=0.0), *lost]) == ["Without figures: cnn mish (1 diverged, 1 missing of 2)."]
