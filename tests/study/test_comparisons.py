from dataclasses import replace

import pytest

from mnist_exp.study.comparisons import compare, group_by_network
from tests.factories import arms, record

LR = "optimizer.lr"


def test_pairs_are_paired_by_seed():
    """The seeds' own variation, 0.001 a seed, cancels: the arms' difference remains, with an sd of zero."""
    (pair,) = compare(arms(6, relu=0.0, mish=0.01), [])
    assert (pair.a, pair.b, pair.n) == ("relu", "mish", 6)
    assert pair.difference == pytest.approx(-0.01)
    assert pair.sd == pytest.approx(0, abs=1e-12)
    assert pair.p == pytest.approx(2 / 64)
    assert pair.verdict == "mish is better"
    assert (pair.winner, pair.loser, pair.is_significant) == ("mish", "relu", True)


def test_a_csv_row_has_a_column_for_each_swept_setting():
    runs = [record(name, val=None, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    row = compare(runs, [LR])[0].csv_row()
    assert list(row) == [
        *("data", "model", LR, "a", "b", "lr_a", "lr_b", "n"),
        *("difference", "sd", "low", "high", "p", "p_holm", "verdict"),
    ]
    assert row[LR] == "0.1"


def test_only_seeds_that_both_have_are_compared():
    runs = [record("relu", seed) for seed in (0, 1, 2)] + [record("mish", seed) for seed in (1, 2, 3)]
    assert compare(runs, [])[0].n == 2
    assert compare([record("relu", 0), record("mish", 1)], []) == []


def test_too_few_seeds_get_a_number_instead_of_a_verdict():
    assert compare(arms(3, relu=0.0, mish=0.01), [])[0].verdict == "n = 3 cannot tell; 6 seeds could"


def test_enough_seeds_without_a_difference_show_none():
    runs = [record(name, seed) for name in ("relu", "mish") for seed in range(6)]
    assert compare(runs, [])[0].verdict == "no difference shown"


def test_the_six_of_the_study_need_ten_seeds():
    six = {name: i / 100 for i, name in enumerate(("sigmoid", "tanh", "relu", "leaky_relu", "swish", "mish"))}
    pairs = compare(arms(9, **six), [])
    assert len(pairs) == 15
    assert {pair.verdict for pair in pairs} == {"n = 9 cannot tell; 10 seeds could"}
    assert all(pair.verdict.endswith("is better") for pair in compare(arms(10, **six), []))


def test_networks_and_data_sets_are_compared_separately():
    both = arms(2, relu=0.0, mish=0.1)
    runs = [*both, *(replace(r, model="mlp") for r in both), *(replace(r, data="mnist5k") for r in both[:2])]
    assert [(pair.data, pair.model) for pair in compare(runs, [])] == [("mnist", "cnn"), ("mnist", "mlp")]


def test_networks_without_activation_and_failed_runs_are_not_compared():
    assert compare([*arms(2, relu=0.0), record(model="softmax"), record("mish", status="failed")], []) == []


def test_each_activation_is_compared_at_its_own_best_rate_by_validation():
    runs = [
        *(record("relu", seed, test=0.5, val=0.9, lr=0.1) for seed in (0, 1)),
        *(record("relu", seed, test=0.9, val=0.8, lr=0.2) for seed in (0, 1)),  # the test accuracy must not count
        *(record("mish", seed, test=0.4, val=0.7, lr=0.1) for seed in (0, 1)),
        *(record("mish", seed, test=0.6, val=0.8, lr=0.2) for seed in (0, 1)),
    ]
    (pair,) = compare(runs, [LR])
    assert pair.difference == pytest.approx(0.5 - 0.6)
    assert (pair.settings, pair.lr_a, pair.lr_b) == ({}, 0.1, 0.2)


def test_without_validation_every_rate_is_compared_by_itself():
    runs = [record(name, test=lr, val=None, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    assert [pair.settings for pair in compare(runs, [LR])] == [{LR: "0.1"}, {LR: "0.2"}]


def test_one_seed_each_has_no_sd_and_no_verdict():
    (pair,) = compare(arms(1, relu=0.0, mish=0.1), [])
    assert (pair.n, pair.sd, pair.p) == (1, None, 1.0)


def test_pairs_are_grouped_by_network_in_natural_order():
    (pair,) = compare(arms(1, relu=0.0, mish=0.1), [])
    deep, shallow = (replace(pair, settings={"model.hidden": size, "recipe": "None"}) for size in ("12×9", "2×9"))
    quick = replace(pair, model="mlp", settings={"recipe": "muon"}, data="mnist5k")
    assert list(group_by_network([deep, shallow, quick], with_data=False)) == ["cnn 2×9", "cnn 12×9", "mlp recipe=muon"]
    assert list(group_by_network([quick], with_data=True)) == ["mlp recipe=muon on mnist5k"]
