"""Records: what they hold, and reading those of earlier versions."""

import json
from pathlib import Path

import pytest

from mnist_exp.config.schema import AdamConfig, ConvConfig, DenseConfig, ScheduleConfig, SGDConfig
from mnist_exp.runs.identity import code_digest, key, run_name
from mnist_exp.runs.record import Record, blank
from mnist_exp.training.build import build_classifier

CONTRACT = {
    *("status", "error", "key", "data", "train_size", "model", "activation", "seed", "parameters", "lr", "batch_size"),
    *("epochs", "train_acc", "val_acc", "val_loss", "test_acc", "test_loss", "train_seconds", "total_seconds"),
    *("device", "precision", "overrides", "config", "versions", "started"),
}
OLD_RECORDS = Path(__file__).parent / "old_records"  # real ones, named after the commit that wrote them


def read_old(name: str) -> tuple[dict, Record]:
    values = json.loads((OLD_RECORDS / f"{name}.json").read_text())
    return values, Record.from_dict(values, Path("somewhere"))


def test_the_record_has_every_key_of_the_contract(plain):
    assert set(blank(plain(), []).to_dict()) >= CONTRACT


def test_a_new_record_did_not_finish_and_names_the_code(plain):
    record = blank(plain("model=mlp", "seed=3"), ["model=mlp", "seed=3"])
    assert (record.status, record.error, record.test_acc) == ("missing", "did not finish", None)
    assert (record.model, record.seed, record.key) == ("mlp", 3, key(record.config))
    assert (record.code, record.versions["mnist_exp"]) == (code_digest(), "0.1.0")
    assert record.run_name == run_name(record.config)


@pytest.mark.parametrize("overrides", [["model=cnn_quick"], ["optimizer=muon", "schedule=constant"], ["sweep=grid"]])
def test_a_record_is_read_back_as_it_was_written(plain, overrides):
    record = blank(plain(*overrides), overrides)
    stored = json.loads(json.dumps(record.to_dict()))
    assert Record.from_dict(stored, record.run_dir) == record


def test_the_directory_is_not_written(plain):
    assert "run_dir" not in blank(plain(), []).to_dict()


@pytest.mark.parametrize("name", [path.stem for path in sorted(OLD_RECORDS.glob("*.json"))])
def test_records_of_earlier_versions_keep_every_number(name):
    values, record = read_old(name)
    read = record.to_dict()
    assert all(read[field] == value for field, value in values.items() if field != "config")
    assert (record.code, record.run_dir) == (None, Path("somewhere"))
    assert record.config.data.batch_size == values["config"]["data"]["batch_size"]
    assert record.config.trainer.max_epochs == values["config"]["trainer"]["max_epochs"]
    assert Record.from_dict(json.loads(json.dumps(read)), record.run_dir) == record


@pytest.mark.parametrize("name", [path.stem for path in sorted(OLD_RECORDS.glob("*.json"))])
def test_networks_of_earlier_versions_can_be_built(name):
    values, record = read_old(name)
    assert sum(p.numel() for p in build_classifier(record.config).parameters()) == values["parameters"]


def test_the_oldest_version_had_no_diagnostics_and_no_published_setups():
    _, record = read_old("eae1a15_mlp")
    config = record.config
    assert (record.experiment, record.machine) == (None, None)
    assert (config.diagnostics.probe_every, config.diagnostics.figures, config.diagnostics.test_each_epoch) == (0,) * 3
    assert (config.claim.name, config.claim.epochs) == (None, {})
    assert (config.sweep.dry_run, config.sweep.reuse, config.sweep.arms) == (False, "warn", [])
    assert (config.callbacks, config.loggers) == ([], ["tensorboard"])
    assert (type(config.model), config.model.uses_activation) == (DenseConfig, True)
    assert type(config.optimizer) is AdamConfig


def test_the_section_look_is_read_as_diagnostics():
    _, record = read_old("383fc01_cnn")
    assert (record.config.diagnostics.probe_every, record.config.diagnostics.test_each_epoch) == (100, False)
    assert (type(record.config.model), record.config.model.uses_activation) == (ConvConfig, True)


def test_settings_that_an_optimizer_or_schedule_did_not_use_are_dropped():
    _, record = read_old("39db6e4_softmax_sgd")
    assert (type(record.config.optimizer), type(record.config.schedule)) == (SGDConfig, ScheduleConfig)
    assert (record.experiment, record.config.claim.test_acc) == ("softmax_sgd", 0.9229)
    assert (record.activation, record.config.model.uses_activation) == (None, False)


def test_reading_an_old_record_leaves_its_values_and_the_defaults_unchanged():
    values, record = read_old("eae1a15_mlp")
    assert values == json.loads((OLD_RECORDS / "eae1a15_mlp.json").read_text())
    record.config.callbacks.append("timer")
    record.config.claim.epochs[1] = [0.9, 0.9]
    assert (read_old("eae1a15_mlp")[1].config.callbacks, read_old("eae1a15_mlp")[1].config.claim.epochs) == ([], {})
