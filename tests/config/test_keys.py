"""Keys, their values and the choices of groups, as found in the schema and the config files."""

import pytest

from mnist_exp import registry
from mnist_exp.config.keys import RENAMED, all_keys, choices_with, group_choices, groups, is_user_key, nearest_key


def test_renamed_keys_lead_to_keys_that_exist():
    for current in RENAMED.values():
        assert current in groups() or any(key.startswith(current) for key in all_keys())


def test_keys_of_all_variants_are_known():
    assert {"optimizer.betas", "optimizer.momentum", "schedule.warmup", "model.whitening.kernel"} <= set(all_keys())


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("optimizer.betas", ["adam", "adamw", "muon"]),
        ("optimizer.momentum", ["muon", "sgd"]),
        ("schedule.warmup", ["cosine", "one_cycle"]),
        ("model.channels", ["cnn", "cnn_deep", "cnn_quick"]),
        ("optimizer.beta", []),
        ("loss.label_smoothing", []),
    ],
)
def test_choices_with_a_key_are_those_whose_schema_has_it(key, choices):
    assert choices_with(key) == choices


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("model.batch_norm", ["true", "false"]),
        ("trainer.progress_bar", ["true", "false"]),
        ("model.padding", ["valid", "same"]),
        ("model.activation", registry.names("activation")),
        ("optimizer.lr", []),
        ("data.root", []),
    ],
)
def test_values_of_a_key_are_listed_unless_they_are_numbers_or_free_text(key, values):
    assert all_keys()[key].values == values


@pytest.mark.parametrize(
    ("key", "description"),
    [
        ("seed", "a whole number"),
        ("optimizer.lr", "a number"),
        ("model.batch_norm", "true or false"),
        ("data.root", "a string"),
        ("trainer.threads", "a whole number or null"),
        ("model.hidden", "a list of whole numbers"),
        ("optimizer.betas", "a list of numbers"),
        ("sweep.arms", "a list of strings"),
        ("callbacks", "a mapping"),
        ("sweep.axes", "a mapping"),
    ],
)
def test_the_type_of_a_value_is_described_in_words(key, description):
    assert all_keys()[key].description == description


def test_every_key_has_a_description():
    assert all(key.description for key in all_keys().values())


def test_only_lists_are_lists():
    assert all_keys()["model.hidden"].is_list
    assert not all_keys()["model.kernel"].is_list


@pytest.mark.parametrize(
    ("typed_key", "here", "meant"),
    [
        ("model.hiden", ["model.hidden", "model.dropout"], "model.hidden"),
        ("lr", [], "optimizer.lr"),
        ("model.lr", ["model.hidden"], "optimizer.lr"),
        ("max_epoch", [], "trainer.max_epochs"),
        ("xyzzy", ["model.hidden"], None),
        ("report", ["seed", "recipe"], None),
    ],
)
def test_the_nearest_key_is_in_the_same_section_or_has_the_same_last_part(typed_key, here, meant):
    assert nearest_key(typed_key, here) == meant


def test_keys_that_only_config_files_set_are_not_to_be_typed():
    assert is_user_key("model.hidden")
    assert not is_user_key("model._target_")
    assert not is_user_key("optimizer.name")


def test_files_that_only_other_files_include_are_no_choices(tmp_path, monkeypatch):
    (tmp_path / "colour").mkdir()
    for name in ("red", "blue", "_base"):
        (tmp_path / "colour" / f"{name}.yaml").touch()
    monkeypatch.setattr("mnist_exp.config.keys.CONF", tmp_path)
    assert (groups(), group_choices("colour")) == (["colour"], ["blue", "red"])
