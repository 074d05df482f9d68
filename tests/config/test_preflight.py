import sys

import pytest
from omegaconf import OmegaConf

from mnist_exp.config import compose
from mnist_exp.config.preflight import BeforeSingleRun, check_sizes, refuse_sweep, with_available_data
from mnist_exp.config.schema import OwnDataConfig
from mnist_exp.errors import Stop, UserError


def test_nothing_changes_when_the_data_are_available(composed, monkeypatch):
    monkeypatch.setattr("mnist_exp.config.preflight.find_or_download", lambda name, *_: name)
    one = composed()
    assert with_available_data(one, ["seed=1"], pytest.fail) == (one, ["seed=1"])


def test_the_fallback_is_what_data_mnist5k_composes(composed, fallen_back):
    fallen_back()
    typed = ["data=mnist", "seed=1"]
    available, overrides = with_available_data(composed(*typed), typed, lambda o: composed(*o))
    assert overrides == ["seed=1", "data=mnist5k"]
    assert compose.to_config(available) == compose.to_config(composed("data=mnist5k", "seed=1"))


def test_an_invalid_single_run_is_stopped_with_its_reason(composed):
    with pytest.raises(Stop) as stopped:
        BeforeSingleRun().on_run_start(composed("trainer.max_epochs=0"))
    assert str(stopped.value.reason) == "trainer.max_epochs=0: must be from 1 to 1000000."


def test_a_single_run_of_a_sweep_is_refused(composed):
    refuse_sweep(composed())
    for name in ("grid", "reproduce"):
        with pytest.raises(UserError, match=r"has several runs; .*mx\.sweep"):
            refuse_sweep(composed(f"sweep={name}"))


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        ("data.val_size=60000", "data.val_size=60000: must leave something of mnist's 60000 to train on."),
        ("data.batch_size=55001", "data.batch_size=55001: must be at most 55000, the training images of mnist"),
        ("data=mnist5k data.batch_size=3501", "data.batch_size=3501: must be at most 3500"),
        ("data=mnist5k data.batch_size=3499 model.batch_norm=true", "data.batch_size=3499: leaves a last batch of one"),
        ("data.val_size=0 trainer.early_stopping=2", "trainer.early_stopping needs a validation set: data.val_size"),
    ],
)
def test_check_sizes_refuses_settings_for_which_the_data_are_too_small(composed, overrides, line):
    with pytest.raises(UserError) as refused:
        check_sizes(composed(*overrides.split()))
    assert str(refused.value).startswith(line)


@pytest.fixture
def own_data(composed, tmp_path, monkeypatch):
    """own_data("return …") is a configuration whose data a function with this body returns."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(body: str, **settings):
        sys.modules.pop("my_data", None)
        (tmp_path / "my_data.py").write_text(f"import numpy as np\n\ndef load():\n    {body}\n")
        config = composed("data=mnist5k", "data.batch_size=8")
        values = vars(OmegaConf.to_object(config.data)) | {"name": "my_data", "val_size": None} | settings
        own = OwnDataConfig(**values, _target_="my_data.load", classes=None, options={})
        config.data = OmegaConf.structured(own)
        return config

    yield make
    sys.modules.pop("my_data", None)


def test_own_data_that_can_be_used_changes_nothing(own_data):
    config = own_data("part = np.zeros((24, 3, 3), np.uint8), np.arange(24) % 2; return part, part")
    assert with_available_data(config, ["seed=1"], pytest.fail) == (config, ["seed=1"])


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"val_size": 24}, "data.val_size=24: must leave something of my_data's 24 to train on."),
        ({"batch_size": 23}, "data.batch_size=23: must be at most 22, the training images of my_data (data.val_size=2"),
    ],
)
def test_own_data_that_is_too_small_is_refused(own_data, settings, line):
    config = own_data("part = np.zeros((24, 3, 3), np.uint8), np.arange(24) % 2; return part, part", **settings)
    with pytest.raises(UserError) as refused:
        with_available_data(config, [], pytest.fail)
    assert str(refused.value).startswith(line)


def test_own_data_that_cannot_be_used_is_refused_before_the_run(own_data):
    with pytest.raises(UserError, match=r"my_data\.py, line 4: ZeroDivisionError: division by zero"):
        with_available_data(own_data("return 1 / 0"), [], pytest.fail)


@pytest.mark.parametrize("section", ["sweep.arms=['model=mlp']", "sweep=smoke"])
def test_a_sweep_without_m_is_refused(composed, section):
    with pytest.raises(Stop) as stopped:
        BeforeSingleRun().on_run_start(composed(section))
    assert str(stopped.value.reason).startswith("sweep=… has several runs; add -m to run each of them")
