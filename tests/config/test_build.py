"""Plain values, as JSON holds them, to the dataclasses of the schema."""

import json

import pytest

from mnist_exp.config import schema
from mnist_exp.config.build import build_config, build_section


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["model=cnn_quick", "recipe=muon"],
        ["experiment=cnn_dropout"],
        pytest.param(["sweep=grid"], marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_a_configuration_comes_back_from_json_as_it_was(plain, overrides):
    config = plain(*overrides)
    assert build_config(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("overrides", "section", "kind"),
    [
        ("model=mlp", "model", schema.DenseConfig),
        ("model=cnn", "model", schema.ConvConfig),
        ("optimizer=sgd", "optimizer", schema.SGDConfig),
        ("optimizer=adamw", "optimizer", schema.AdamConfig),
        ("schedule=constant", "schedule", schema.ScheduleConfig),
        ("schedule=cosine", "schedule", schema.WarmupConfig),
    ],
)
def test_a_section_becomes_the_class_whose_keys_it_has(plain, overrides, section, kind):
    values = plain(overrides).to_dict()[section]
    built = build_section(section, values)
    assert type(built) is kind
    assert built.name == overrides.partition("=")[2]


def test_epochs_of_a_claim_are_numbers_again(plain):
    values = plain().to_dict()
    values["claim"]["epochs"] = {"1": [0.9, 0.95]}
    assert build_config(values).claim.epochs == {1: [0.9, 0.95]}


@pytest.mark.parametrize(("section", "key"), [("trainer", "precision"), ("data", "augment"), ("loss", None)])
def test_a_missing_value_is_a_key_error(plain, section, key):
    values = plain().to_dict()
    if key:
        del values[section][key]
    else:
        del values[section]
    with pytest.raises(KeyError, match=key or section):
        build_config(values)
