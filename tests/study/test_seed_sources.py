"""Which runs measure one source of randomness, and which are ordinary."""

from mnist_exp.study.seed_sources import seed_values, split_by_source
from tests.factories import record
from tests.study.setups import one_source, seeded

THREE = [0.90, 0.91, 0.92]


def seeds(runs):
    return [tuple(seed_values(run)) for run in runs]


def test_a_run_has_the_seed_of_each_source():
    assert seed_values(seeded(seed=3)) == (0, 3, 3, 3)
    assert seed_values(seeded(seed=3, split=4, noise=0)) == (4, 3, 3, 0)
    assert seed_values(seeded(seed=3, weights=1, order=2)) == (0, 1, 2, 3)


def test_a_sweep_over_the_seed_or_the_split_alone_is_no_study_of_sources():
    for runs in ([record(seed=seed) for seed in range(3)], one_source("all", THREE), one_source("split", THREE)):
        assert split_by_source(runs) == (runs, None)


def test_runs_in_which_all_seeds_are_equal_are_ordinary_and_the_others_are_grouped_by_source():
    together = one_source("all", THREE)
    single = {source: one_source(source, THREE) for source in ("noise", "split", "order", "weights")}
    ordinary, study = split_by_source(
        [*single["noise"], *together, *single["split"], *single["order"], *single["weights"]]
    )
    assert ordinary == together
    (arm,) = study.arms
    assert arm.by_source == {source: [single[source]] for source in ("split", "weights", "order", "noise")}
    assert list(arm.by_source) == ["split", "weights", "order", "noise"]
    assert (arm.together, arm.cell.activation, arm.cell.swept, study.unused) == (together, "relu", (), 0)


def test_each_activation_and_each_data_set_is_an_arm():
    runs = [*one_source("weights", THREE), *one_source("weights", THREE, "mish"), seeded(data="mnist5k")]
    ordinary, study = split_by_source(runs)
    assert [(arm.cell.activation, arm.cell.data) for arm in study.arms] == [
        *(("relu", "mnist"), ("mish", "mnist"), ("relu", "mnist5k")),
    ]
    assert ordinary == [runs[-1]]


def test_other_seeds_of_the_others_are_a_group_of_their_own():
    first, second = one_source("order", THREE), one_source("order", THREE, base=7)
    _, study = split_by_source([*first, *second])
    assert study.arms[0].by_source == {"order": [first, second]}


def test_the_value_that_the_other_seeds_have_belongs_to_both():
    """seeds.weights=0,1,2,3 and data.split_seed=0,1,2,3, all others 0."""
    equal, plain = seeded(weights=0, test=0.95), seeded(test=0.96)
    weights, split = one_source("weights", THREE), one_source("split", THREE)
    ordinary, study = split_by_source([equal, *weights])
    assert (ordinary, study.arms[0].by_source) == ([equal], {"weights": [[*weights, equal]]})
    ordinary, study = split_by_source([equal, plain, *weights, *split])
    assert ordinary == [plain]  # of two with seed 0, the one of `seed` alone
    assert study.arms[0].by_source == {"split": [[*split, plain]], "weights": [[*weights, equal]]}
    assert study.unused == 0


def test_a_sweep_over_the_seed_with_one_split_stays_ordinary_beside_a_study_of_sources():
    fixed_split = [record(seed=seed) for seed in range(4)]
    weights = one_source("weights", THREE)
    ordinary, study = split_by_source([*fixed_split, *weights])
    assert ordinary == fixed_split
    assert study.arms[0].by_source == {"weights": [weights]}
    assert study.arms[0].together == fixed_split[:1]


def test_runs_in_which_several_sources_differ_are_counted_and_left_out():
    mixed = [
        seeded(seed=0, weights=1, order=2),
        seeded(seed=0, weights=1, order=1),
        seeded(seed=5, split=5, weights=1, order=2, noise=3),
    ]
    moved = seeded(seed=0, split=1, weights=1, order=1, noise=1)  # all are 1, but the run's own seed is another
    assert split_by_source([*mixed, moved])[0] == []
    assert split_by_source([*mixed, moved])[1].unused == 4


def test_one_seed_for_all_runs_of_a_sweep_is_no_study_of_sources():
    """seeds.weights=7 seed=range(3)"""
    runs = [seeded(seed=seed, weights=7) for seed in range(3)]
    assert split_by_source(runs) == (runs, None)
