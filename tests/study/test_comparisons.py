from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mnist_exp.runs.files import write_predictions
from mnist_exp.study.comparisons import compare, group_by_network
from mnist_exp.study.looks import Rules, decide_records
from mnist_exp.study.spending import Looks
from tests.factories import arms, measured, record, study_config

LR = "optimizer.lr"
OPTIONS = study_config()
RUNS = Path("runs")  # the folder of the records' runs
NOISE = np.linspace(-0.0002, 0.0003, 6)


def test_pairs_are_paired_by_seed():
    """The seeds' own variation, 0.001 a seed, cancels: the arms' difference remains, with an sd of zero."""
    (pair,) = compare(arms(6, relu=0.0, mish=0.01), [], OPTIONS)
    assert (pair.a, pair.b, pair.n) == ("relu", "mish", 6)
    assert pair.difference == pytest.approx(-0.01)
    assert pair.sd == pytest.approx(0, abs=1e-12)
    assert pair.p == pytest.approx(2 / 64)
    assert pair.verdict == "better: mish by 1.00 points"
    assert (pair.winner, pair.loser, pair.kind, pair.test) == ("mish", "relu", "better", "max-T")


def test_a_csv_row_has_a_column_for_each_swept_setting():
    runs = [record(name, val=None, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    row = compare(runs, [LR], OPTIONS)[0].csv_row()
    assert list(row) == [
        *("data", "model", LR, "a", "b", "lr_a", "lr_b", "n"),
        *("difference", "sd", "low", "high", "p", "p_holm", "verdict"),
        *("kind", "test", "untested", "p_adjusted", "p_equivalent", "margin", "p_a_better"),
        *("low_images", "high_images", "kind_images", "seeds_needed"),
    ]
    assert row[LR] == "0.1"


def test_only_seeds_that_both_have_are_compared():
    runs = [record("relu", seed) for seed in (0, 1, 2)] + [record("mish", seed) for seed in (1, 2, 3)]
    assert compare(runs, [], OPTIONS)[0].n == 2
    assert compare([record("relu", 0), record("mish", 1)], [], OPTIONS) == []


@pytest.mark.parametrize("n", [1, 2])
def test_below_three_seeds_there_is_a_difference_and_no_verdict(n):
    (pair,) = compare(measured(mish=[0.912, 0.913][:n], sigmoid=[0.131, 0.132][:n]), [], OPTIONS)
    assert pair.difference == pytest.approx(0.781)
    assert (pair.kind, pair.test) == ("open", None)
    assert pair.verdict == f"open: too few seeds, n = {n}; 3 allow a t-test, 6 an exact test"


def test_what_anybody_sees_with_three_seeds_gets_a_verdict_that_assumes_normal_differences():
    (pair,) = compare(measured(mish=[0.912, 0.913, 0.911], sigmoid=[0.131, 0.129, 0.134]), [], OPTIONS)
    assert pair.verdict == "better: mish by 78.07 points, assuming normal differences"
    expected = stats.ttest_rel([0.912, 0.913, 0.911], [0.131, 0.129, 0.134]).pvalue
    assert pair.p_adjusted == pytest.approx(expected, rel=0.01)  # rounding adds a little


def test_the_same_few_differences_are_no_proof():
    (pair,) = compare(measured(mish=[0.9902, 0.9912, 0.9907], relu=[0.9900, 0.9910, 0.9905]), [], OPTIONS)
    assert pair.kind != "better"


def test_enough_seeds_of_the_same_accuracy_are_equivalent():
    (pair,) = compare(measured(relu=[0.99] * 6, mish=[0.99] * 6), [], OPTIONS)
    assert pair.verdict == "equivalent: within ±0.1 points"
    assert (pair.p, pair.p_adjusted) == (1, 1)


def test_a_difference_that_is_shown_and_smaller_than_the_margin_is_called_so():
    noise = np.linspace(-0.0001, 0.0001, 10)
    (pair,) = compare(measured(relu=0.99 + noise, mish=0.9905 + noise[::-1]), [], OPTIONS)
    assert pair.verdict == "better: mish by 0.05 points, within ±0.1 points"


def test_the_margin_decides_what_is_equivalent():
    noise = np.linspace(-0.0005, 0.0005, 10)
    runs = measured(relu=0.99 + noise, mish=0.9902 + noise[::-1])
    narrow, wide = (compare(runs, [], study_config(margin=margin))[0] for margin in (0.05, 0.5))
    assert (narrow.kind, wide.kind) == ("open", "equivalent")


def test_an_open_pair_says_how_many_more_seeds_would_decide_it():
    """An effect of 0.55 standard deviations: a t-test has a power of 80 % with 29 seeds."""
    noise = np.random.default_rng(0).normal(0, 1, 10)
    noise = 0.0011 + (noise - noise.mean()) * 0.002 / noise.std(ddof=1)
    (pair,) = compare(measured(relu=[0.99] * 10, mish=0.99 + noise), [], OPTIONS)
    assert pair.kind == "open"
    assert pair.seeds_needed in (25, 30, 40)
    assert pair.verdict == f"open: about {pair.seeds_needed - 10} more seeds would decide"


def test_a_difference_at_the_margin_is_open_for_long():
    noise = np.random.default_rng(0).normal(0, 1, 10)
    noise = 0.0002 + (noise - noise.mean()) * 0.01 / noise.std(ddof=1)
    (pair,) = compare(measured(relu=[0.95] * 10, mish=0.95 + noise), [], OPTIONS)
    assert (pair.verdict, pair.seeds_needed) == ("open: more than 100 seeds would be needed", None)


def test_the_six_of_the_study_need_six_seeds():
    six = {name: i / 100 for i, name in enumerate(("sigmoid", "tanh", "relu", "leaky_relu", "swish", "mish"))}
    pairs = compare(arms(6, **six), [], OPTIONS)
    assert len(pairs) == 15
    assert {pair.kind for pair in pairs} == {"better"}
    assert {pair.p_adjusted for pair in pairs} == {2 / 2**6}


def test_with_a_control_all_others_are_compared_with_it():
    pairs = compare(arms(6, relu=0.0, mish=0.01, tanh=0.02), [], study_config(control="mish"))
    assert [(pair.a, pair.b) for pair in pairs] == [("relu", "mish"), ("tanh", "mish")]
    assert compare(arms(6, relu=0.0, tanh=0.01), [], study_config(control="mish")) == []


def test_pairs_with_few_and_with_many_seeds_share_the_level():
    """Two of three pairs have two seeds in common with tanh: they get no test, so the third has the level alone."""
    pairs = compare([*arms(6, relu=0.0, mish=0.01), *arms(2, tanh=0.02)], [], OPTIONS)
    assert [(pair.n, pair.test, pair.kind) for pair in pairs] == [
        *((6, "max-T", "better"), (2, None, "open"), (2, None, "open")),
    ]
    values = {"relu": 0.99 + NOISE, "mish": 0.98 - NOISE, "tanh": (0.97 + NOISE[::-1])[:4]}
    pairs = compare(measured(**values), [], OPTIONS)
    # A third of the level is less than the exact test can reach with six seeds, so all pairs get the t-test.
    assert [(pair.n, pair.test) for pair in pairs] == [(6, "paired t"), (4, "paired t"), (4, "paired t")]
    more = np.linspace(-0.0002, 0.0003, 9)
    pairs = compare(measured(relu=0.99 + more, mish=0.98 - more, tanh=values["tanh"]), [], OPTIONS)
    assert [(pair.n, pair.test) for pair in pairs] == [(9, "max-T"), (4, "paired t"), (4, "paired t")]
    assert pairs[0].p_adjusted == pytest.approx(3 * 2 / 2**9)


def test_diverged_runs_leave_the_other_seeds_to_their_pairs():
    pairs = compare(measured(relu=0.99 + NOISE, mish=[None, *(0.98 + NOISE)[1:]], tanh=[None] * 6), [], OPTIONS)
    assert [(pair.a, pair.b, pair.n) for pair in pairs] == [("relu", "mish", 5)]


def test_twelve_activations_are_compared_without_a_warning():
    rng = np.random.default_rng(0)
    pairs = compare(measured(**{f"a{i}": 0.99 + rng.normal(i / 1000, 0.0002, 6) for i in range(12)}), [], OPTIONS)
    assert len(pairs) == 66
    assert {pair.kind for pair in pairs} == {"better"}


def test_the_probability_to_be_better_at_a_new_seed():
    noise = np.array([-0.001, 0.001, 0.0, 0.002, -0.002])
    clear, even = compare(measured(relu=0.99 + noise, mish=0.98 + noise[::-1], tanh=0.99 - noise), [], OPTIONS)[:2]
    assert clear.p_a_better > 0.95
    assert even.p_a_better == pytest.approx(0.5)


def test_a_difference_that_only_these_images_show(tmp_path):
    """Each seed of mish answers the same 3 of 200 images better, and no other: 3 images say little about others."""
    labels = np.zeros(200, dtype=int)
    runs = measured(200, relu=[0.5] * 8, mish=[0.515 + seed % 2 / 200 for seed in range(8)])
    for run in runs:
        run.run_dir = tmp_path / f"{run.activation}{run.seed}"
        run.run_dir.mkdir()
        correct = 100 if run.activation == "relu" else 103 + run.seed % 2
        write_predictions(run.run_dir, labels, np.eye(2)[(np.arange(200) >= correct).astype(int)])
    (pair,) = compare(runs, [], OPTIONS)
    assert (pair.kind, pair.kind_images) == ("better", "open")
    assert pair.low_images < pair.low < 0
    assert pair.high < 0 < pair.high_images + 0.01
    assert pair.high_images > pair.high


def test_seeds_that_were_added_until_pairs_were_decided_have_the_verdicts_of_the_rounds():
    """tanh is far below after the first six seeds; the other two need all eight and are not decided then."""
    noise = np.array([-0.002, 0.003, 0.001, -0.003, 0.002, -0.001, 0.0025, -0.0015])
    runs = measured(relu=0.99 + noise, mish=0.9905 - noise, tanh=0.9 + noise[:6])
    rules = Rules(Looks(6, 2, 8), 0.1, None)
    pairs = compare(runs, [], OPTIONS, {RUNS: rules})
    assert [(pair.a, pair.b, pair.n, pair.kind, pair.test) for pair in pairs] == [
        ("relu", "mish", 8, "open", "sequential t"),
        ("relu", "tanh", 6, "better", "sequential t"),
        ("mish", "tanh", 6, "better", "sequential t"),
    ]
    assert pairs[0].verdict == "open: not decided after 8 seeds"
    decided = decide_records(
        {name: [run for run in runs if run.activation == name] for name in ("relu", "mish", "tanh")}, rules
    )
    assert [(pair.low, pair.high) for pair in pairs] == [(one.low, one.high) for one in decided.pairs]


def test_a_round_that_is_not_complete_decides_nothing():
    pairs = compare(measured(relu=[0.99] * 6, mish=[0.98] * 5), [], OPTIONS, {RUNS: Rules(Looks(6, 2, 8), 0.1, None)})
    assert [(pair.n, pair.kind, pair.test) for pair in pairs] == [(5, "open", None)]


def test_the_margin_of_a_sweep_until_decided_is_the_one_that_it_began_with():
    runs = measured(relu=0.99 + NOISE, mish=0.9902 - NOISE)
    rules = {RUNS: Rules(Looks(6, 2, 8), 0.2, None)}
    assert compare(runs, [], study_config(margin=0.01), rules)[0].margin == 0.002


def test_runs_with_and_without_rounds_are_not_judged_together():
    runs = measured(relu=0.99 + NOISE, mish=0.98 - NOISE)
    others = [replace(run, seed=run.seed + 10, run_dir=Path("others") / run.run_dir.name) for run in runs]
    (pair,) = compare([*runs, *others], [], OPTIONS, {RUNS: Rules(Looks(6, 2, 8), 0.1, None)})
    assert (pair.n, pair.kind, pair.test) == (12, "open", None)
    assert "study them apart" in pair.verdict


def test_a_lost_run_does_not_make_plain_differences_open():
    """Six arms, six seeds, one of which diverged in two arms: all are plainly different."""
    values = {f"a{i}": 0.4 + i / 10 + NOISE * (-1) ** i for i in range(6)}
    runs = measured(**values)
    lost = {("a0", 0), ("a1", 1)}
    kept = [run for run in runs if (run.activation, run.seed) not in lost]
    pairs = compare(kept, [], OPTIONS)
    assert len(pairs) == 15
    assert {pair.kind for pair in pairs} == {"better"}


def test_few_images_say_nothing_of_others(tmp_path):
    runs = measured(10, relu=[0.5] * 6, mish=[0.6] * 6)
    for run in runs:
        run.run_dir = tmp_path / f"{run.activation}{run.seed}"
        run.run_dir.mkdir()
        write_predictions(run.run_dir, np.zeros(10, dtype=int), np.eye(2)[[0] * 5 + [1] * 5])
    assert compare(runs, [], OPTIONS)[0].kind_images is None


def test_without_predictions_nothing_is_said_of_other_images():
    (pair,) = compare(arms(6, relu=0.0, mish=0.01), [], OPTIONS)
    assert (pair.low_images, pair.high_images, pair.kind_images) == (None, None, None)


def test_networks_and_data_sets_are_compared_separately():
    both = arms(2, relu=0.0, mish=0.1)
    runs = [*both, *(replace(r, model="mlp") for r in both), *(replace(r, data="mnist5k") for r in both[:2])]
    assert [(pair.data, pair.model) for pair in compare(runs, [], OPTIONS)] == [("mnist", "cnn"), ("mnist", "mlp")]


def test_networks_without_activation_and_failed_runs_are_not_compared():
    assert compare([*arms(2, relu=0.0), record(model="softmax"), record("mish", status="failed")], [], OPTIONS) == []


def test_each_activation_is_compared_at_its_own_best_rate_by_validation():
    runs = [
        *(record("relu", seed, test=0.5, val=0.9, lr=0.1) for seed in (0, 1)),
        *(record("relu", seed, test=0.9, val=0.8, lr=0.2) for seed in (0, 1)),  # the test accuracy must not count
        *(record("mish", seed, test=0.4, val=0.7, lr=0.1) for seed in (0, 1)),
        *(record("mish", seed, test=0.6, val=0.8, lr=0.2) for seed in (0, 1)),
    ]
    (pair,) = compare(runs, [LR], OPTIONS)
    assert pair.difference == pytest.approx(0.5 - 0.6)
    assert (pair.settings, pair.lr_a, pair.lr_b) == ({}, 0.1, 0.2)


def test_without_validation_every_rate_is_compared_by_itself():
    runs = [record(name, test=lr, val=None, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    assert [pair.settings for pair in compare(runs, [LR], OPTIONS)] == [{LR: "0.1"}, {LR: "0.2"}]


def test_one_seed_each_has_no_sd_and_no_verdict():
    (pair,) = compare(arms(1, relu=0.0, mish=0.1), [], OPTIONS)
    assert (pair.n, pair.sd, pair.p) == (1, None, 1.0)


def test_pairs_are_grouped_by_network_in_natural_order():
    (pair,) = compare(arms(1, relu=0.0, mish=0.1), [], OPTIONS)
    deep, shallow = (replace(pair, settings={"model.hidden": size, "recipe": "None"}) for size in ("12×9", "2×9"))
    quick = replace(pair, model="mlp", settings={"recipe": "muon"}, data="mnist5k")
    assert list(group_by_network([deep, shallow, quick], with_data=False)) == ["cnn 2×9", "cnn 12×9", "mlp recipe=muon"]
    assert list(group_by_network([quick], with_data=True)) == ["mlp recipe=muon on mnist5k"]


def test_an_interval_of_a_difference_between_accuracies_stays_between_minus_one_and_one():
    (pair,) = compare(measured(mish=[0.9, 0.5], relu=[0.5, 0.9]), [], OPTIONS)
    assert (pair.low, pair.high) == (-1, 1)


def test_too_few_degrees_of_freedom_say_nothing_of_other_images(tmp_path):
    """Both seeds agree on one image more than by chance: Satterthwaite's degrees of freedom are 0.16."""
    better = [set(range(25)), {0, *range(50, 74)}]  # the images that only mish gets right, by seed
    worse = [set(range(25, 50)), set(range(100, 125))]
    runs = []
    for name, wrong in (("mish", worse), ("relu", better)):
        for run in measured(images=200, **{name: [0.875, 0.875]}):
            run = replace(run, run_dir=tmp_path / f"{name}{run.seed}")
            run.run_dir.mkdir()
            predicted = [int(image in wrong[run.seed]) for image in range(200)]
            write_predictions(run.run_dir, np.zeros(200, dtype=int), np.eye(2)[predicted])
            runs.append(run)
    (pair,) = compare(runs, [], OPTIONS)
    assert (pair.low_images, pair.high_images, pair.kind_images) == (None, None, None)
