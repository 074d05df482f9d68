"""The runs that a sweep would have, without running them."""

import sys

import pytest
from hydra.errors import HydraException

from mnist_exp import registry
from mnist_exp.config import CONF
from mnist_exp.config.compose import compose_both
from mnist_exp.errors import UserError
from mnist_exp.runs import identity
from mnist_exp.study.seed_sources import seed_values, split_by_source


def test_a_plan_is_the_product_of_the_axes_in_the_order_typed(planned):
    jobs = planned("model.activation=relu,mish", "seed=0,1", "trainer.max_epochs=1")
    assert [job.overrides for job in jobs] == [
        ("model.activation=relu", "trainer.max_epochs=1", "seed=0"),
        ("model.activation=relu", "trainer.max_epochs=1", "seed=1"),
        ("model.activation=mish", "trainer.max_epochs=1", "seed=0"),
        ("model.activation=mish", "trainer.max_epochs=1", "seed=1"),
    ]
    assert jobs[0].name.startswith("cnn_relu_seed0_")
    assert len({job.name for job in jobs}) == 4


@pytest.mark.slow
def test_hydras_ways_to_write_an_axis_work(planned):
    assert len(planned("seed=range(3)", "model=glob(mlp*)")) == 6
    assert [job.overrides for job in planned("model.hidden=[10],[20,20]", "model=mlp")] == [
        ("model.hidden=[10]", "model=mlp"),
        ("model.hidden=[20,20]", "model=mlp"),
    ]


@pytest.mark.slow
def test_softmax_is_planned_once_per_seed_for_all_activations(planned):
    jobs = planned("model=softmax,mlp", "model.activation=relu,tanh,mish", "seed=0,1")
    assert [job.name.split("_")[0] for job in jobs].count("softmax") == 2
    assert len(jobs) == 2 + 6


def test_in_a_sweep_over_data_sets_each_has_its_own_number_of_epochs(planned):
    jobs = planned("sweep=benchmark", "seed=0", "model.activation=relu")
    found = {(job.record.data, job.record.model, job.record.config.trainer.max_epochs) for job in jobs}
    assert found == {
        (data, model, n) for data, n in (("mnist", 3), ("fashion_mnist", 6)) for model in ("mlp_deep", "cnn")
    }
    assert len(jobs) == 4


def test_the_catalogue_has_all_activations_and_tunes_the_dense_network(planned):
    assert compose_both(["sweep=catalogue"])[0].sweep.axes["model.activation"].split(",") == registry.names(
        "activation"
    )
    jobs = planned("sweep=catalogue", "seed=0", "data=mnist", "model.activation=relu,snake")
    rates = [(job.record.model, job.record.activation, job.record.lr) for job in jobs]
    dense = [("mlp_deep", name, lr) for name in ("relu", "snake") for lr in (0.001, 0.003, 0.01)]
    assert sorted(rates) == sorted([*dense, *(("cnn", name, 0.003) for name in ("relu", "snake"))])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("argument", "error"),
    [
        ("model.activation=relu,rulu", UserError),
        ("+model.actvation=relu,mish", UserError),
        ("data.batch_size=64,0", UserError),
        ("data.batch_size=128,60000", UserError),
        ("model=mlp,mpl", HydraException),
    ],
)
def test_one_impossible_run_refuses_the_whole_sweep(planned, argument, error):
    with pytest.raises(error):
        planned(argument)


@pytest.mark.parametrize(
    ("argument", "line"),
    [
        ("callbacks=[timer],['torch.nn:Nope']", "torch.nn: attribute 'Nope' is unknown."),
        pytest.param(
            "logger=['torch.nn:ReLU']",
            "logger=ReLU: must be a class derived from lightning.pytorch's Logger.",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_class_that_cannot_be_made_refuses_the_sweep(planned, argument, line):
    with pytest.raises(UserError) as refused:
        planned("model=mlp", argument)
    assert str(refused.value).startswith(line)


def test_an_empty_axis_is_refused(planned):
    with pytest.raises(UserError, match="This sweep has no runs"):
        planned("seed=range(0,0)")


def test_a_fallback_is_an_override_of_every_run(planned, fallen_back):
    fallen_back()
    jobs = planned("model=mlp", "data=mnist", "seed=0,1")
    expected = [("model=mlp", "data=mnist5k", "seed=0"), ("model=mlp", "data=mnist5k", "seed=1")]
    assert [job.overrides for job in jobs] == expected


@pytest.mark.slow
def test_falling_back_and_asking_for_mnist5k_are_the_same_run(planned, fallen_back):
    (asked,) = planned("data=mnist5k")
    fallen_back()
    (fallen,) = planned()
    assert asked.name == fallen.name


@pytest.mark.slow
def test_falling_back_keeps_the_other_overrides(planned, fallen_back):
    fallen_back()
    assert len(planned("data.val_size=0,500,1000")) == 3
    with pytest.raises(UserError, match=r"data\.val_size=10000: must leave something of mnist5k's 4000"):
        planned("data.val_size=10000")


@pytest.mark.slow
def test_a_named_sweep_has_the_axes_of_its_file(planned):
    jobs = planned("sweep=activations", "model=mlp")
    assert len(jobs) == 6 * 3
    assert jobs[0].overrides == ("model.activation=sigmoid", "model=mlp", "seed=0")


@pytest.mark.slow
def test_typed_axes_override_those_of_the_file(planned):
    jobs = planned("sweep=activations", "seed=7", "model.activation=relu,mish")
    assert [job.overrides for job in jobs] == [
        ("model.activation=relu", "seed=7"),
        ("model.activation=mish", "seed=7"),
    ]


@pytest.mark.slow
def test_the_grid_has_six_activations_on_four_networks_and_softmax_once_per_seed(planned):
    jobs = planned("sweep=grid", "seed=0,1,2")
    kinds = [job.name.rsplit("_seed", 1)[0] for job in jobs]
    assert len(jobs) == 6 * 4 * 3 + 3
    assert kinds.count("softmax") == kinds.count("cnn_deep_mish") == 3


@pytest.mark.slow
def test_arms_keep_their_settings_together(planned):
    arms = "sweep.arms=['model=mlp optimizer.lr=0.1','model=softmax']"
    assert [job.overrides for job in planned(arms, "trainer.max_epochs=1", "seed=0,1")] == [
        ("model=mlp", "optimizer.lr=0.1", "trainer.max_epochs=1", "seed=0"),
        ("model=mlp", "optimizer.lr=0.1", "trainer.max_epochs=1", "seed=1"),
        ("model=softmax", "trainer.max_epochs=1", "seed=0"),
        ("model=softmax", "trainer.max_epochs=1", "seed=1"),
    ]


def test_typed_keys_override_arms_and_arms_may_have_several_values(planned):
    jobs = planned("sweep.arms=['model=mlp seed=1,2']", "model=softmax")
    assert [job.overrides for job in jobs] == [("model=softmax", "seed=1"), ("model=softmax", "seed=2")]


@pytest.mark.slow
def test_reproduce_has_the_published_setups_and_their_networks_with_the_default_recipe(planned):
    jobs = planned("sweep=reproduce", "seed=0,1")
    claims = [job.config.claim.name for job in jobs[:28]]
    setups = (CONF / "experiment").glob("*.yaml")
    published = {path.stem for path in setups if "\nclaim:\n" in path.read_text()}
    assert [job.config.seed for job in jobs] == [0] * 28 + [1] * 28
    assert {name for name in claims if name} == published
    lengths = [job.config.trainer.max_epochs for job in jobs[:28] if not job.config.claim.name]
    assert sorted(lengths) == [1] * 5 + [2] * 5 + [3] * 6 + [4, 5, 6]
    assert {job.threads for job in jobs} == {1}
    assert {job.config.diagnostics.test_each_epoch for job in jobs} == {True}


@pytest.mark.slow
@pytest.mark.parametrize("overrides", ["experiment=cnn_dropout", "model=mlp"])
def test_a_typed_key_that_only_some_arms_set_is_refused(planned, overrides):
    with pytest.raises(UserError, match=f"{overrides.partition('=')[0]}=… would change what this sweep compares"):
        planned("sweep=reproduce", overrides)


def test_a_sweep_that_does_not_exist_is_refused(planned):
    with pytest.raises(HydraException, match="Could not find 'sweep/gird'"):
        planned("sweep=gird")


@pytest.mark.slow
def test_a_run_does_not_depend_on_its_sweep(planned):
    overrides = ("data=mnist5k", "model=mlp", "model.activation=relu", "trainer.max_epochs=1", "seed=0")
    assert planned(*overrides)[0].name == planned(*overrides, "sweep=smoke", "sweep.name=other")[0].name


def test_a_bad_seed_is_refused(planned):
    with pytest.raises(UserError, match="seed=-1: must be from 0"):
        planned("seed=0,-1")


def test_a_run_is_named_and_keyed_as_if_it_were_composed_alone(planned, plain):
    """Seeds are filled in after composing: the shortcut changes nothing."""
    job = planned("model=mlp", "seed=3,4")[1]
    alone = plain("model=mlp", "seed=4")
    assert (job.config, job.name, job.record.key) == (alone, identity.run_name(alone), identity.key(alone))


def test_planned_runs_have_a_record_that_did_not_finish(planned):
    (job,) = planned("model=mlp", "seed=3")
    assert (job.record.status, job.record.seed, job.record.model) == ("missing", 3, "mlp")


def test_dense_runs_use_one_thread_unless_configured(planned):
    assert [job.threads for job in planned("model=mlp", "trainer.threads=null,2")] == [1, 2]


@pytest.mark.slow
def test_settings_computed_from_the_seed_are_composed_for_each_seed(planned):
    """The shortcut for seeds would give both the same split."""
    jobs = planned("model=mlp", "data.split_seed=${seed}", "seed=3,4")
    assert [(job.config.seed, job.config.data.split_seed) for job in jobs] == [(3, 3), (4, 4)]
    assert jobs[0].overrides == ("model=mlp", "data.split_seed=${seed}", "seed=3")


@pytest.mark.slow
def test_only_runs_that_depend_on_the_seed_are_composed_for_each_seed(planned, monkeypatch):
    from hydra._internal.config_loader_impl import ConfigLoaderImpl

    composed = []
    load = ConfigLoaderImpl.load_sweep_config
    monkeypatch.setattr(
        ConfigLoaderImpl, "load_sweep_config", lambda self, *given: composed.append(given[1]) or load(self, *given)
    )
    arms = r'sweep.arms=["data.split_seed=\${seed} model.hidden=[9]","model.hidden=[8]"]'
    jobs = planned("data=mnist5k", "model=mlp", arms, "seed=1,2,3")
    found = {(tuple(job.config.model.hidden), job.config.seed, job.config.data.split_seed) for job in jobs}
    assert found == {((9,), seed, seed) for seed in (1, 2, 3)} | {((8,), seed, 0) for seed in (1, 2, 3)}
    assert sum("model.hidden=[8]" in overrides for overrides in composed) == 1


@pytest.mark.slow
def test_the_study_of_sources_varies_each_seed_alone_and_all_together(planned):
    """20 values of four seeds, and 20 runs with one seed for all, of two activations."""
    jobs = planned("sweep=variance")
    assert len({job.name for job in jobs}) == len(jobs) == 200
    ordinary, study = split_by_source([job.record for job in jobs])
    assert [(record.activation, tuple(seed_values(record))) for record in ordinary] == [
        (activation, (seed,) * 4) for seed in range(1, 21) for activation in ("relu", "mish")
    ]
    for arm in study.arms:
        assert {source: [len(group) for group in groups] for source, groups in arm.by_source.items()} == {
            **{"split": [20], "weights": [20], "order": [20], "noise": [20]},
        }
    assert study.unused == 0
    with pytest.raises(UserError, match=r"seed=… would change what this sweep compares"):
        planned("sweep=variance", "seed=3,4")


@pytest.mark.slow
@pytest.mark.parametrize("overrides", ["seed=3,4", "+seed=3,4", "++seed=3,4"])
def test_seeds_can_be_written_with_and_without_plus_signs(planned, overrides):
    if overrides.startswith("+s"):  # Hydra adds with + only what does not exist; the seed does
        with pytest.raises(HydraException):
            planned("model=mlp", overrides)
        return
    assert [job.config.seed for job in planned("model=mlp", overrides)] == [3, 4]
    assert [job.config.seed for job in planned("sweep=smoke", overrides)] == [3, 4, 3, 4]


def test_seeds_are_not_composed_one_by_one(planned, monkeypatch):
    """A composition takes 0.1 s: 300 seeds would take half a minute."""
    from hydra._internal.config_loader_impl import ConfigLoaderImpl

    composed = []
    load = ConfigLoaderImpl.load_sweep_config
    monkeypatch.setattr(
        ConfigLoaderImpl, "load_sweep_config", lambda self, *given: composed.append(given) or load(self, *given)
    )
    assert len(planned("model=mlp", "seed=range(300)")) == 300
    assert len(composed) == 1


@pytest.mark.slow
def test_the_largest_seed_is_checked_too(planned):
    with pytest.raises(UserError, match=r"seed=4294967296: must be from 0"):
        planned("seed=0,4294967296,1")


@pytest.mark.slow
def test_one_sweep_has_one_way_to_reuse_runs(planned):
    with pytest.raises(UserError, match=r"A sweep has one sweep\.reuse: type one value"):
        planned("sweep.reuse=warn,strict")


UNTIL = ("model=mlp", "sweep.until=decided", "sweep.max_seeds=5")


def test_until_decided_every_run_is_planned_for_all_seeds_in_turn(planned):
    jobs = planned(*UNTIL, "model.activation=relu,mish")
    assert [(job.record.activation, job.config.seed) for job in jobs] == [
        (name, seed) for seed in range(5) for name in ("relu", "mish")
    ]
    assert jobs[3].overrides == ("model=mlp", "model.activation=mish", "seed=1")


@pytest.mark.slow
def test_until_decided_the_seeds_of_a_file_are_ignored(planned):
    jobs = planned(*UNTIL, "sweep=activations")
    assert sorted({job.config.seed for job in jobs}) == [0, 1, 2, 3, 4]
    assert len(jobs) == 6 * 5


@pytest.mark.parametrize("argument", ["seed=0,1", "++seed=3", "sweep.arms=['model=mlp seed=1']"])
def test_until_decided_typed_seeds_are_refused(planned, argument):
    with pytest.raises(UserError, match=r"sweep\.until=decided chooses the seeds"):
        planned(*UNTIL, "model.activation=relu,mish", argument)


@pytest.mark.parametrize("until", ["null", "decided"])
def test_a_control_that_is_not_in_the_sweep_is_refused(planned, until):
    with pytest.raises(
        UserError, match=r"study\.control 'mesh' is unknown\. Did you mean 'mish'\? Valid here: relu, mish"
    ):
        planned("model=mlp", f"sweep.until={until}", "model.activation=relu,mish", "study.control=mesh")


DATA = """
import numpy as np
def load(brightness=1):
    part = np.full((24, 4, 4), brightness, np.uint8), np.arange(24) % 2
    return part, part
"""


def test_two_sets_of_own_data_in_one_sweep_need_names_of_their_own(planned, tmp_path, monkeypatch):
    """A table ranks runs by the name of their data."""
    (tmp_path / "own_data_of_plan.py").write_text(DATA)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    sweep = "data=./own_data_of_plan.py:load", "data.batch_size=8", "model=mlp", "data.brightness=1,2"
    with pytest.raises(UserError, match=r"Two versions of data own_data_of_plan-load in one sweep: give each a name"):
        planned(*sweep)
    assert len(planned(*sweep[:-1], "data.brightness=2", "seed=0,1")) == 2
