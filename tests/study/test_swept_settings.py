from dataclasses import replace

import pytest

from mnist_exp.config.build import build_config
from mnist_exp.study.cells import cells
from mnist_exp.study.swept_settings import format_settings, network_label, overrides_by_key, settings_of, swept_keys
from tests.factories import compose_once, record


def typed(*overrides, seed=0, **changed):
    """A run of mlp with relu as the command line makes it of these overrides."""
    config = replace(compose_once("model=mlp", *overrides), seed=seed)
    run = record(model="mlp", seed=seed, lr=config.optimizer.lr)
    return replace(run, config=config, overrides=["model=mlp", *overrides, f"seed={seed}"], **changed)


def from_version_0_1(run, *overrides):
    """The same run as that version recorded it: every optimizer and schedule had the settings of all."""
    config = run.config.to_dict()
    config["look"] = config.pop("diagnostics")
    config["optimizer"] |= {"momentum": 0.9, "betas": [0.9, 0.99]} | config["optimizer"]
    config["schedule"] |= {"warmup": 0.25} | config["schedule"]
    for key in ("_target_", "uses_activation", "activation_options"):
        del config["model"][key]
    for key in ("callbacks", "logger", "metrics", "objective", "images", "sources"):
        del config[key]
    del config["sweep"]["reuse"]
    return replace(run, config=build_config(config), overrides=list(overrides))


def names(runs):
    return [cell.name for cell in cells(runs, swept_keys(runs))]


def test_networks_differ_by_their_definition_without_being_swept():
    assert swept_keys([record(), record(model="mlp"), record(model="cnn_quick"), record(seed=1)]) == []


def test_settings_that_decide_no_number_are_not_swept():
    run = record(seed=1)
    elsewhere = replace(run, config=replace(run.config, data=replace(run.config.data, root="/elsewhere")))
    assert swept_keys([record(), elsewhere]) == []


def seeded(seed, split, order=None):
    run = record(seed=seed)
    data = replace(run.config.data, split_seed=split)
    return replace(run, config=replace(run.config, data=data, seeds=replace(run.config.seeds, order=order)))


def test_a_split_that_follows_the_seed_is_not_swept():
    assert swept_keys([seeded(seed, split=seed, order=seed) for seed in (1, 2, 3)]) == []
    assert swept_keys([seeded(seed, split=seed) for seed in (1, 2)] + [seeded(3, split=0)]) == ["data.split_seed"]
    assert swept_keys([seeded(0, split=seed) for seed in (1, 2)]) == ["data.split_seed"]
    assert swept_keys([seeded(0, split=0, order=order) for order in (None, 1)]) == ["seeds.order"]


def test_an_optimizer_stands_for_the_settings_that_follow_from_it():
    runs = [typed("optimizer=adam"), typed("optimizer=sgd"), typed("optimizer=muon")]
    assert swept_keys(runs) == ["optimizer"]
    assert names(runs) == ["mlp relu optimizer=adam", "mlp relu optimizer=sgd", "mlp relu optimizer=muon"]


def test_a_schedule_stands_for_the_settings_that_follow_from_it():
    runs = [typed(), typed("schedule=constant"), typed("schedule=cosine")]
    assert swept_keys(runs) == ["schedule"]
    assert names(runs)[1:] == ["mlp relu schedule=constant", "mlp relu schedule=cosine"]


@pytest.mark.slow
def test_what_was_typed_beside_an_optimizer_is_listed():
    runs = [typed(), typed("optimizer=sgd", "optimizer.lr=0.1", "optimizer.momentum=0.5")]
    assert swept_keys(runs) == ["optimizer", "optimizer.lr", "optimizer.momentum"]
    assert names(runs) == [
        "mlp relu optimizer=adam optimizer.lr=0.003",
        "mlp relu optimizer=sgd optimizer.lr=0.1 optimizer.momentum=0.5",
    ]


@pytest.mark.slow
def test_a_setting_that_differs_under_one_optimizer_is_listed():
    runs = [typed(), typed("optimizer=sgd"), typed("optimizer=sgd", "optimizer.momentum=0.5")]
    assert swept_keys(runs) == ["optimizer", "optimizer.momentum"]
    rates = [typed(f"optimizer={name}", f"optimizer.lr={lr}") for name in ("adam", "sgd") for lr in (0.1, 0.2)]
    assert swept_keys(rates) == ["optimizer", "optimizer.lr"]


@pytest.mark.slow
def test_a_recipe_stands_for_the_settings_that_follow_from_it():
    runs = [typed(), typed(seed=1), typed("recipe=muon"), typed("recipe=muon", seed=1)]
    assert swept_keys(runs) == ["recipe"]
    assert names(runs) == ["mlp relu", "mlp relu recipe=muon"]
    assert [len(found) for found in cells(runs, ["recipe"]).values()] == [2, 2]
    assert swept_keys([*runs, typed("optimizer.lr=0.2")]) == ["optimizer.lr", "recipe"]
    assert swept_keys(runs[2:]) == []
    assert swept_keys([*runs[:2], typed("recipe=muon", "optimizer.lr=0.3")]) == ["optimizer.lr", "recipe"]
    assert swept_keys([typed("recipe=keras_sgd"), typed("recipe=keras_adam")]) == ["recipe"]


def test_a_recipe_of_null_is_the_same_as_none():
    null = typed(seed=1)
    assert swept_keys([typed(), replace(null, overrides=[*null.overrides, "recipe=null"])]) == []


def test_the_class_of_a_network_is_listed_only_if_nothing_else_of_it_differs():
    run = record(experiment="setup")
    other_class = replace(run, config=replace(run.config, model=replace(run.config.model, _target_="my_net.Net")))
    assert swept_keys([run, other_class]) == ["model._target_"]
    keys = swept_keys([run, record(model="mlp", experiment="setup"), record(model="softmax", experiment="setup")])
    assert "model.hidden" in keys
    assert not {"model._target_", "model.uses_activation"} & set(keys)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([], []),
        (["optimizer.name=sgd"], ["optimizer=sgd"]),
        (["schedule.name=cosine", "look.figures=false"], ["schedule=cosine", "diagnostics.figures=false"]),
        (["schedule.name=constant", "optimizer.name=muon"], ["schedule=constant", "optimizer=muon"]),
    ],
)
def test_runs_of_an_earlier_version_are_in_the_same_cells(old, new):
    earlier = [from_version_0_1(typed(*new, seed=seed), *old) for seed in (0, 1)]
    assert swept_keys([*earlier, typed(*new, seed=2)]) == []
    others = [typed("optimizer=adamw", "schedule=one_cycle", seed=seed) for seed in (0, 1)]
    runs = [*earlier, typed(*new, seed=2), *others]
    assert [len(found) for found in cells(runs, swept_keys(runs)).values()] == [3, 2]


def test_overrides_have_the_keys_of_today():
    run = record(overrides=["optimizer.name=sgd", "look.figures=false", "+trainer.threads=1", "recipe=null"])
    assert overrides_by_key(run) == {"optimizer": "sgd", "diagnostics.figures": "false", "trainer.threads": "1"}


def test_settings_are_text_and_absent_ones_are_not_formatted():
    run = typed("model.hidden=[100,100,100]", "optimizer=sgd")
    settings = settings_of(run, ["model.hidden", "optimizer.betas", "optimizer"])
    assert settings == {"model.hidden": "3×100", "optimizer.betas": "None", "optimizer": "sgd"}
    assert format_settings(settings.items()) == ["model.hidden=3×100", "optimizer=sgd"]


def test_a_network_is_named_after_the_setup_that_it_repeats():
    assert network_label(record()) == "cnn"
    assert network_label(record(experiment="setup")) == "setup"
