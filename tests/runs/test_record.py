import json
from dataclasses import fields

import numpy as np
import pytest
import torch

from mnist_exp.errors import UserError
from mnist_exp.runs import checkpoints, files, identity, record
from mnist_exp.training.build import build_classifier

CONTRACT = {
    *("status", "error", "key", "data", "train_size", "model", "activation", "seed", "parameters", "lr", "batch_size"),
    *("epochs", "train_acc", "val_acc", "val_loss", "test_acc", "test_loss", "train_seconds", "total_seconds"),
    *("device", "precision", "overrides", "config", "versions", "started"),
}


@pytest.fixture
def made(plain):
    config = plain("model=mlp")
    return record.blank(config, ["model=mlp"])


def test_the_record_has_every_key_of_the_contract(made, tmp_path):
    files.write(tmp_path, made)
    assert set(files.read(tmp_path)) >= CONTRACT


def test_what_does_not_exist_is_null(made, tmp_path):
    made.test_loss, made.history = float("nan"), [{"val_loss": float("inf")}]
    files.write(tmp_path, made)
    stored = files.read(tmp_path)
    assert (stored["test_loss"], stored["test_acc"], stored["history"]) == (None, None, [{"val_loss": None}])


def test_no_result_while_a_run_has_not_ended(tmp_path):
    assert files.read(tmp_path) is None


def test_a_full_disk_leaves_no_half_written_result(made, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(tmp_path, made)
    assert list(tmp_path.iterdir()) == []


def test_a_result_is_replaced_whole(made, tmp_path):
    files.write(tmp_path, made)
    made.test_acc = 0.5
    files.write(tmp_path, made)
    assert files.read(tmp_path)["test_acc"] == 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


@pytest.mark.parametrize(
    "override",
    ["seed=1", "model.activation=mish", "optimizer.lr=0.004", "data.batch_size=64", "trainer.max_epochs=4",
     "trainer.precision=32-true", "data.augment.shift=1", "loss.label_smoothing=0.1", "data=mnist5k", "model=mlp"],
)  # fmt: skip
def test_whatever_decides_the_numbers_changes_the_key(plain, override):
    assert identity.key(plain()) != identity.key(plain(override))


@pytest.mark.parametrize("override", ["data.root=/elsewhere", "data.fallback=false", "trainer.progress_bar=false"])
def test_whatever_does_not_keeps_it(plain, override):
    assert identity.key(plain()) == identity.key(plain(override))


def test_the_activation_of_a_network_without_hidden_units_decides_nothing(plain):
    relu, mish = plain("model=softmax"), plain("model=softmax", "model.activation=mish")
    assert identity.key(relu) == identity.key(mish)
    assert identity.run_name(relu) == identity.run_name(mish)


def test_the_key_leaves_the_configuration_as_it_was(plain):
    config = plain("model=softmax")
    identity.key(config)
    assert config == plain("model=softmax")


def test_run_names_can_be_read(plain):
    name = identity.run_name(plain("model=cnn_deep", "model.activation=mish", "seed=3"))
    assert name.startswith("cnn_deep_mish_seed3_")
    assert identity.run_name(plain("model=softmax")).startswith("softmax_seed0_")


def test_predictions_come_back(tmp_path):
    labels, probabilities = np.array([1, 9]), np.array([[0.25] * 4 + [0] * 6, [0.1] * 10])
    files.write_predictions(tmp_path, labels, probabilities)
    back = files.read_predictions(tmp_path)
    assert (back[0].tolist(), back[1].dtype, back[1].shape) == ([1, 9], np.float16, (2, 10))
    assert np.allclose(back[1], probabilities, atol=1e-3)


def test_a_model_comes_back_as_it_was_trained(made, tmp_path, plain):
    model = build_classifier(plain("model=mlp")).eval()
    files.write(tmp_path, made)
    (tmp_path / files.CHECKPOINTS).mkdir()
    torch.save({"state_dict": model.state_dict()}, tmp_path / files.CHECKPOINTS / "best.ckpt")
    images = torch.randint(0, 256, (2, 1, 28, 28), dtype=torch.uint8)
    assert torch.equal(checkpoints.load_model(tmp_path)(images), model(images))


def test_a_folder_without_a_run_is_named(tmp_path, made):
    with pytest.raises(UserError, match=r"holds no result\.json"):
        checkpoints.load_model(tmp_path)
    files.write(tmp_path, made)
    with pytest.raises(UserError, match="holds no checkpoint"):
        checkpoints.load_model(tmp_path)


def test_read_all_finds_every_run_below(made, tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        files.write(tmp_path / name, made)
    assert [r["run_dir"] for r in files.read_all(tmp_path)] == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_the_file_is_json_a_person_can_read(made, tmp_path):
    files.write(tmp_path, made)
    text = (tmp_path / "result.json").read_text()
    assert list(json.loads(text)) == [f.name for f in fields(record.Record)]
    assert text.count("\n") > 50
