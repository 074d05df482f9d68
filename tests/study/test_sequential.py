"""What is decided after each round, held against paired t-tests of scipy."""

import numpy as np
import pytest
from scipy import stats

from mnist_exp.study.sequential import ALPHA, Decisions, decide
from mnist_exp.study.simulate_rounds import simulate
from mnist_exp.study.spending import Looks, thresholds

ONE_LOOK, LOOKS = Looks(6, 1, 6), Looks(6, 2, 12)
RESOLUTION = 1e-4


def by_seed(**values):
    return {arm: dict(enumerate(each)) for arm, each in values.items()}


def decided(accuracies, looks=ONE_LOOK, margin=0.001, control=None) -> Decisions:
    return decide(accuracies, looks, margin, control, RESOLUTION)


def noisy(seeds=12, seed=0, spread=0.0005, **means):
    """Accuracies by seed around these means; the arms share a part that the seed decides."""
    generator = np.random.default_rng(seed)
    shared = generator.normal(0, 0.002, seeds)
    return by_seed(**{arm: mean + shared + generator.normal(0, spread, seeds) for arm, mean in means.items()})


def test_one_pair_and_one_look_is_the_paired_t_test():
    accuracies = noisy(6, relu=0.981, mish=0.983)
    (pair,) = decided(accuracies).pairs
    test = stats.ttest_rel(list(accuracies["relu"].values()), list(accuracies["mish"].values()))
    low, high = test.confidence_interval(0.95)
    assert (pair.a, pair.b, pair.kind, pair.n, pair.look) == ("relu", "mish", "better", 6, 1)
    assert test.pvalue < ALPHA
    assert (pair.low, pair.high) == (pytest.approx(low), pytest.approx(high))


def test_equivalence_of_one_pair_is_two_one_sided_tests():
    """They pass when the 90 % interval is inside the margin."""
    accuracies = noisy(6, relu=0.981, mish=0.981)
    test = stats.ttest_rel(list(accuracies["relu"].values()), list(accuracies["mish"].values()))
    interval = test.confidence_interval(0.9)
    largest = max(abs(interval.low), abs(interval.high))
    (inside,) = decided(accuracies, margin=largest * 1.01).pairs
    (outside,) = decided(accuracies, margin=largest * 0.99).pairs
    assert (inside.kind, outside.kind) == ("equivalent", "open")
    assert (inside.low, inside.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_an_open_pair_has_an_interval_with_0_that_passes_the_margin():
    accuracies = noisy(6, relu=0.981, mish=0.981)
    (pair,) = decided(accuracies, margin=0.0001).pairs
    assert pair.kind == "open"
    assert pair.low < 0 < pair.high
    assert max(-pair.low, pair.high) > 0.0001


def test_at_an_early_look_the_tests_are_stricter():
    """A difference with p = 0.03 is enough for one look, but not for the first of four."""
    differences = np.array([1.0, 2.0, 3.0, 4.0, 5.0, -0.5]) / 1000
    assert 0.01 < stats.ttest_1samp(differences, 0).pvalue < 0.05
    accuracies = by_seed(relu=0.9 + differences, mish=[0.9] * 6)
    assert decided(accuracies).pairs[0].kind == "better"
    found = decided(accuracies, LOOKS)
    assert (found.pairs[0].kind, found.look, found.seeds) == ("open", 1, range(6, 8))
    half = stats.t.isf(thresholds(LOOKS, ALPHA)[0] / 2, 5) * stats.sem(differences)
    assert found.pairs[0].high - found.pairs[0].low == pytest.approx(2 * half)


def test_of_three_arms_the_first_rejection_leaves_the_whole_error_for_each_other_pair():
    """Shaffer: if one of three means differs from another, at most one of the other two pairs is equal."""
    generator = np.random.default_rng(3)
    base = generator.normal(0, 1e-4, 6)
    slight = np.array([1.0, 2.0, 3.0, 4.0, 5.0, -0.5]) / 1000  # p = 0.03, above 0.05 / 3
    accuracies = by_seed(relu=0.9 + base, mish=0.9 + slight, tanh=0.5 + base[::-1])
    assert {(pair.a, pair.b): pair.kind for pair in decided(accuracies).pairs} == {
        ("relu", "mish"): "better",
        ("relu", "tanh"): "better",
        ("mish", "tanh"): "better",
    }
    accuracies["tanh"] = accuracies["relu"]
    assert {pair.kind for pair in decided(accuracies, margin=1e-9).pairs} == {"open"}


def test_before_the_first_round_every_arm_needs_its_seeds():
    found = decided({"relu": {}, "mish": {}}, LOOKS)
    assert (found.look, found.arms, found.seeds) == (0, ("relu", "mish"), range(6))
    assert found.seeds_of == {"relu": 6, "mish": 6}
    assert [pair.kind for pair in found.pairs] == ["open"]


def test_a_look_waits_for_all_its_runs():
    accuracies = noisy(6, relu=0.981, mish=0.99)
    del accuracies["mish"][3]
    found = decided(accuracies, LOOKS)
    assert (found.look, found.arms, found.seeds) == (0, ("relu", "mish"), range(6))


def test_only_arms_of_open_pairs_go_on():
    accuracies = noisy(6, sigmoid=0.9, relu=0.981, mish=0.981)
    found = decided(accuracies, LOOKS, margin=1e-5)
    assert [(pair.a, pair.b) for pair in found.open] == [("relu", "mish")]
    assert (found.look, found.arms, found.seeds) == (1, ("relu", "mish"), range(6, 8))
    assert found.seeds_of == {"sigmoid": 6, "relu": 8, "mish": 8}


def test_a_decided_pair_stays_as_it_was_when_it_was_decided():
    six = noisy(6, sigmoid=0.9, relu=0.981, mish=0.981)
    twelve = {arm: values | {seed: 0.5 + seed / 100 for seed in range(6, 12)} for arm, values in six.items()}
    before = {(pair.a, pair.b): pair for pair in decided(six, LOOKS, margin=1e-5).pairs}
    after = {(pair.a, pair.b): pair for pair in decided(twelve, LOOKS, margin=1e-5).pairs}
    assert after["sigmoid", "relu"] == before["sigmoid", "relu"]


def test_after_the_last_look_nothing_is_needed():
    found = decided(noisy(12, relu=0.981, mish=0.981), LOOKS, margin=1e-6)
    assert (found.look, found.arms, list(found.seeds)) == (4, (), [])
    assert [pair.kind for pair in found.open] == ["open"]


def test_a_run_without_a_result_leaves_its_seed_out():
    accuracies = noisy(6, relu=0.981, mish=0.983)
    accuracies["mish"][2] = None
    (pair,) = decided(accuracies).pairs
    kept = [seed for seed in range(6) if seed != 2]
    test = stats.ttest_rel(*([accuracies[arm][seed] for seed in kept] for arm in ("relu", "mish")))
    assert pair.n == 5
    assert pair.low == pytest.approx(test.confidence_interval(0.95).low)


@pytest.mark.parametrize("results", [0, 1, 2])
def test_an_arm_that_diverges_is_not_run_to_the_end(results):
    accuracies = noisy(6, relu=0.981, mish=0.981, selu=0.9)
    accuracies["selu"] = {seed: 0.9 if seed < results else None for seed in range(6)}
    found = decided(accuracies, LOOKS, margin=1e-5)
    kinds = {(pair.a, pair.b): pair.kind for pair in found.pairs}
    assert kinds["relu", "selu"] == kinds["mish", "selu"] == "not comparable"
    assert found.arms == ("relu", "mish")
    assert all(pair.low is None for pair in found.pairs if "selu" in (pair.a, pair.b))


def test_equal_differences_are_not_certain():
    """One image of 10,000 more at each of six seeds: the sd counts as one image."""
    accuracies = by_seed(relu=[0.9801, 0.9811] * 3, mish=[0.98, 0.981] * 3)
    (pair,) = decided(accuracies).pairs
    assert pair.high - pair.low == pytest.approx(2 * stats.t.isf(0.05, 5) * RESOLUTION / 6**0.5)


def test_arms_that_are_all_equal_are_equivalent():
    found = decided(by_seed(relu=[0.98] * 6, mish=[0.98] * 6, swish=[0.98] * 6), LOOKS)
    assert {pair.kind for pair in found.pairs} == {"equivalent"}
    assert found.arms == ()


def test_a_control_is_compared_with_all_others_and_no_other_pair():
    accuracies = noisy(6, tanh=0.976, relu=0.981, mish=0.981)
    found = decided(accuracies, LOOKS, 1e-5, control="relu")
    assert [(pair.a, pair.b) for pair in found.pairs] == [("tanh", "relu"), ("mish", "relu")]
    assert found.arms == ("relu", "mish")
    everything = decided(accuracies, LOOKS, 1e-5)
    widths = [pair.high - pair.low for pair in (found.pairs[1], everything.pairs[2])]
    assert (everything.pairs[2].a, everything.pairs[2].b) == ("relu", "mish")
    assert widths[0] <= widths[1]


@pytest.mark.parametrize(("arms", "control"), [(["relu"], None), (["tanh", "mish"], "relu")])
def test_where_nothing_is_compared_the_first_round_is_enough(arms, control):
    before = decided({arm: {} for arm in arms}, LOOKS, control=control)
    after = decided(noisy(6, **dict.fromkeys(arms, 0.9)), LOOKS, control=control)
    assert (before.arms, before.seeds) == (tuple(arms), range(6))
    assert (after.pairs, after.arms) == ((), ())


def test_the_simulation_decides_as_the_sweep_does():
    generator = np.random.default_rng(0)
    means = np.array([0.9710, 0.9759, 0.9806, 0.9808, 0.9817])
    drawn = means[:, None] + generator.normal(0, 0.0007, (10, 5, 12))
    outcome = simulate(drawn, LOOKS, 0.001)
    for study, better, equivalent, runs in zip(drawn, *outcome, strict=True):
        found = decide(by_seed(**{f"arm{i}": arm for i, arm in enumerate(study)}), LOOKS, 0.001, None, 0.0)
        assert [pair.kind == "equivalent" for pair in found.pairs] == equivalent.tolist()
        assert [pair.kind == "better" and np.sign(pair.difference) for pair in found.pairs] == better.tolist()
        assert sum(found.seeds_of.values()) == runs
