"""Records: what they hold, and reading those of earlier versions."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

import mnist_exp
from mnist_exp.runs.identity import code_digest, key, run_name
from mnist_exp.runs.record import Record, blank
from mnist_exp.training.build import build_classifier
from tests.factories import OLD_RECORDS, old_record

CONTRACT = {
    *("status", "error", "key", "data", "train_size", "model", "activation", "seed", "parameters", "lr", "batch_size"),
    *("epochs", "train_acc", "val_acc", "val_loss", "test_acc", "test_loss", "train_seconds", "total_seconds"),
    *("device", "precision", "overrides", "config", "versions", "started"),
}


def test_the_record_has_every_key_of_the_contract(plain):
    assert set(blank(plain(), []).to_dict()) >= CONTRACT


def test_a_new_record_did_not_finish_and_names_the_code(plain):
    record = blank(plain("model=mlp", "seed=3"), ["model=mlp", "seed=3"])
    assert (record.status, record.error, record.test_acc) == ("missing", "did not finish", None)
    assert (record.model, record.seed, record.key) == ("mlp", 3, key(record.config))
    assert (record.code, record.versions["mnist_exp"]) == (code_digest(), mnist_exp.__version__)
    assert record.run_name == run_name(record.config)


@pytest.mark.parametrize("overrides", [["model=cnn_quick"], ["optimizer=muon", "schedule=constant"], ["sweep=grid"]])
def test_a_record_is_read_back_as_it_was_written(plain, overrides):
    record = blank(plain(*overrides), overrides)
    stored = json.loads(json.dumps(record.to_dict()))
    assert Record.from_dict(stored, record.run_dir) == record


def test_the_directory_is_not_written(plain):
    assert "run_dir" not in blank(plain(), []).to_dict()


@pytest.mark.parametrize("name", OLD_RECORDS)
def test_records_of_earlier_versions_keep_every_number(name):
    values, record = old_record(name)
    read = record.to_dict()
    assert all(read[field] == value for field, value in values.items() if field != "config")
    assert (record.code, record.run_dir) == (None, Path("somewhere"))
    assert record.config.data.batch_size == values["config"]["data"]["batch_size"]
    assert record.config.trainer.max_epochs == values["config"]["trainer"]["max_epochs"]
    assert Record.from_dict(json.loads(json.dumps(read)), record.run_dir) == record


@pytest.mark.parametrize("name", OLD_RECORDS)
def test_networks_of_earlier_versions_can_be_built(name):
    values, record = old_record(name)
    assert sum(p.numel() for p in build_classifier(record.config).parameters()) == values["parameters"]


def test_the_oldest_version_named_no_setup_and_no_machine():
    _, record = old_record("eae1a15_mlp")
    assert (record.experiment, record.machine, record.metrics) == (None, None, {})


def test_a_network_without_an_activation_has_none_in_its_record():
    _, record = old_record("39db6e4_softmax_sgd")
    assert (record.experiment, record.activation) == ("softmax_sgd", None)


def test_reading_a_record_leaves_its_values_unchanged():
    values, _ = old_record("eae1a15_mlp")
    before = deepcopy(values)
    Record.from_dict(values, Path("somewhere"))
    assert values == before


def test_the_representation_of_a_record_is_one_short_line(plain):
    shown = repr(blank(plain("model=mlp"), []))
    assert shown.startswith("<Record mlp_relu_seed0_")
    assert "missing, val_acc=None, test_acc=None" in shown
    assert len(shown) < 150
