"""Loading checkpoints: damaged and foreign ones are refused in one line, and nothing in them is run."""

import os
import pickle
import sys
import zipfile

import pytest
import torch
from torch import nn

from mnist_exp.errors import UserError
from mnist_exp.runs import files
from mnist_exp.runs.checkpoints import changed_sources, load_model, load_weights
from mnist_exp.training.build import build_classifier
from tests.factories import config, record


@pytest.fixture
def network():
    return nn.Sequential(nn.Linear(4, 3))


@pytest.fixture
def checkpoint(network, tmp_path):
    path = tmp_path / "best.ckpt"
    torch.save({"state_dict": network.state_dict(), "epoch": 3}, path)
    return path


def assert_refused(network, path, answer):
    with pytest.raises(UserError, match=answer) as caught:
        load_weights(network, path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{path} cannot be used: ")


def test_weights_are_loaded(network, checkpoint):
    other = nn.Sequential(nn.Linear(4, 3))
    load_weights(other, checkpoint)
    assert torch.equal(other[0].weight, network[0].weight)


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(network, checkpoint, share):
    raw = checkpoint.read_bytes()
    checkpoint.write_bytes(raw[: int(share * len(raw))])
    assert_refused(network, checkpoint, "truncated, or not a PyTorch file")


def test_a_flipped_bit_in_a_name_is_refused(network, checkpoint):
    raw = bytearray(checkpoint.read_bytes())
    raw[raw.rindex(b"data.pkl")] ^= 0x80
    checkpoint.write_bytes(raw)
    assert_refused(network, checkpoint, "truncated, or not a PyTorch file|damaged")


def test_a_pickle_that_stops_in_the_middle_of_a_number_is_refused(network, checkpoint):
    with zipfile.ZipFile(checkpoint, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02J\x01\x02")
        archive.writestr("archive/version", b"3")
    assert_refused(network, checkpoint, "damaged")


def test_a_flipped_bit_in_the_weights_is_refused(network, checkpoint):
    """PyTorch would load this one, and predict something else."""
    raw = bytearray(checkpoint.read_bytes())
    weights = network[0].weight.detach().numpy().tobytes()
    raw[raw.index(weights) + 5] ^= 1
    checkpoint.write_bytes(raw)
    torch.load(checkpoint, weights_only=True)
    assert_refused(network, checkpoint, "was changed after it was written")


class MakesFolder:
    """A pickle that runs a function when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_code_in_a_checkpoint_is_not_run(network, checkpoint, tmp_path):
    torch.save({"state_dict": MakesFolder(tmp_path / "owned")}, checkpoint)
    assert_refused(network, checkpoint, "holds more than weights and was not loaded")
    assert not (tmp_path / "owned").exists()
    torch.load(checkpoint, weights_only=False)  # the trap works
    assert (tmp_path / "owned").exists()


def test_a_bare_pickle_is_not_run(network, checkpoint, tmp_path):
    checkpoint.write_bytes(pickle.dumps(MakesFolder(tmp_path / "owned")))
    assert_refused(network, checkpoint, "not a PyTorch file")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    "content",
    [{}, [1, 2], 3.0, {"state_dict": None}, {"state_dict": [1]}, {"state_dict": {"0.weight": "a"}}, {"weights": 1}],
    ids=str,
)
def test_foreign_content_is_refused(network, checkpoint, content):
    torch.save(content, checkpoint)
    assert_refused(network, checkpoint, "was not written by this project|not finite numbers|layers are not those")


def test_other_foreign_files_are_refused(network, checkpoint):
    with zipfile.ZipFile(checkpoint, "w") as archive:
        archive.writestr("holiday/photo.jpg", b"\xff\xd8")
    assert_refused(network, checkpoint, "damaged|not written by this project")
    with zipfile.ZipFile(checkpoint, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", b"\0" * 1_000_000)
    assert_refused(network, checkpoint, "not written by this project")


def test_weights_that_are_not_numbers_are_refused(network, checkpoint):
    weights = network.state_dict()
    weights["0.bias"][1] = float("nan")
    torch.save({"state_dict": weights}, checkpoint)
    assert_refused(network, checkpoint, "not finite numbers")


def test_weights_of_another_network_are_refused(checkpoint):
    other = nn.Sequential(nn.Linear(4, 5))
    assert_refused(other, checkpoint, r"its layers are not those of the network in result\.json")


def test_a_model_is_loaded_as_it_was_trained(tmp_path):
    model = build_classifier(config("model=mlp")).eval()
    ended = record(model="mlp")
    files.write_record(tmp_path, ended)
    (tmp_path / files.CHECKPOINTS).mkdir()
    torch.save({"state_dict": model.state_dict()}, files.checkpoint_path(tmp_path))
    images = torch.randint(0, 256, (2, 1, 28, 28), dtype=torch.uint8)
    assert torch.equal(load_model(tmp_path)(images), model(images))
    assert torch.equal(ended.load_model()(images), model(images))


def test_a_directory_without_a_trained_network_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"holds no result\.json: the run has not ended, or this is not a run"):
        load_model(tmp_path)
    files.write_record(tmp_path, record())
    with pytest.raises(UserError, match="holds no checkpoint"):
        load_model(tmp_path)


def test_a_change_of_the_users_code_after_training_is_noticed(tmp_path, monkeypatch, plain):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    (tmp_path / "act_of_mine.py").write_text("def bent(x): return x")
    config = plain("model=mlp", "model.activation=./act_of_mine.py:bent")
    assert changed_sources(config) == []
    (tmp_path / "act_of_mine.py").write_text("def bent(x): return 2 * x")
    assert changed_sources(config) == ["act_of_mine:bent"]
