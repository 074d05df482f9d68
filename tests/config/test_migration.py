"""Configurations of earlier versions, converted to today's keys."""

from copy import deepcopy

import pytest

from mnist_exp.config.build import build_config
from mnist_exp.config.migration import migrated
from mnist_exp.config.schema import AdamConfig, ConvConfig, DenseConfig, ScheduleConfig, SGDConfig
from tests.factories import OLD_RECORDS, old_record


def old_config(name: str):
    return old_record(name)[0]["config"]


def test_todays_configuration_is_not_changed(plain):
    values = plain("model=cnn_quick", "optimizer=sgd").to_dict()
    assert migrated(values) == values


def test_the_oldest_version_had_no_diagnostics_and_no_published_setups():
    config = build_config(old_config("eae1a15_mlp"))
    assert (config.diagnostics.probe_every, config.diagnostics.figures, config.diagnostics.test_each_epoch) == (0,) * 3
    assert (config.claim.name, config.claim.epochs) == (None, {})
    assert (config.sweep.dry_run, config.sweep.reuse, config.sweep.arms) == (False, "warn", [])
    assert (config.callbacks, [*config.logger], config.metrics) == ({}, ["tensorboard"], {})
    assert (type(config.model), config.model.uses_activation) == (DenseConfig, True)
    assert type(config.optimizer) is AdamConfig


def test_the_section_look_is_read_as_diagnostics():
    config = build_config(old_config("383fc01_cnn"))
    assert (config.diagnostics.probe_every, config.diagnostics.test_each_epoch) == (100, False)
    assert (type(config.model), config.model.uses_activation) == (ConvConfig, True)


def test_settings_that_an_optimizer_or_schedule_did_not_use_are_dropped():
    config = build_config(old_config("39db6e4_softmax_sgd"))
    assert (type(config.optimizer), type(config.schedule)) == (SGDConfig, ScheduleConfig)
    assert (config.claim.test_acc, config.model.uses_activation) == (0.9229, False)


@pytest.mark.parametrize(
    ("model", "target", "uses_activation"),
    [
        ({"hidden": []}, "DenseNet", False),
        ({"hidden": [100]}, "DenseNet", True),
        ({"hidden": [], "channels": [8]}, "ConvNet", True),
        ({"hidden": [100], "channels": [8], "whitening": {"filters": 36}}, "WhitenedNet", True),
    ],
)
def test_the_class_of_a_network_is_inferred_from_its_old_keys(model, target, uses_activation):
    found = migrated(old_config("eae1a15_mlp") | {"model": model})["model"]
    added = {"activation_options": None, "uses_activation": uses_activation}
    assert found == model | added | {"_target_": f"mnist_exp.models.{target}"}


def test_callbacks_and_loggers_used_to_be_lists_of_names():
    found = migrated(old_config("eae1a15_mlp") | {"callbacks": ["timer", "my_cb:Count"], "loggers": ["csv"]})
    assert found["callbacks"]["timer"] == {"_target_": "lightning.pytorch.callbacks.Timer"}
    assert found["callbacks"]["my_cb:Count"] == {"_target_": "my_cb:Count"}
    assert found["logger"] == {"csv": {"_target_": "lightning.pytorch.loggers.CSVLogger"}}
    assert "loggers" not in found


@pytest.mark.parametrize("name", OLD_RECORDS)
def test_migration_changes_neither_its_argument_nor_the_defaults(name):
    values = old_config(name)
    before = deepcopy(values)
    changed = build_config(values)
    changed.callbacks["timer"] = {}
    changed.claim.epochs[99] = [0.9, 0.9]
    assert values == before
    again = build_config(values)
    assert again.callbacks == {}
    assert 99 not in again.claim.epochs
