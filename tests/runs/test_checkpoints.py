"""Checkpoints that are not what they should be: each is answered in one line, and nothing in them is run."""

import os
import pickle
import re
import zipfile

import pytest
import torch
from torch import nn

from mnist_exp.errors import UserError
from mnist_exp.runs.checkpoints import load_weights


@pytest.fixture
def network():
    return nn.Sequential(nn.Linear(4, 3))


@pytest.fixture
def whole(network, tmp_path):
    path = tmp_path / "best.ckpt"
    torch.save({"state_dict": network.state_dict(), "epoch": 3}, path)
    return path


def refused(network, path, answer):
    with pytest.raises(UserError, match=answer) as caught:
        load_weights(network, path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{path} cannot be used: ")


def test_a_whole_one_is_loaded(network, whole):
    other = nn.Sequential(nn.Linear(4, 3))
    load_weights(other, whole)
    assert torch.equal(other[0].weight, network[0].weight)


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
def test_truncated(network, whole, share):
    raw = whole.read_bytes()
    whole.write_bytes(raw[: int(share * len(raw))])
    refused(network, whole, "truncated, or no PyTorch file at all")


def test_one_bit_flipped_in_a_name(network, whole):
    raw = bytearray(whole.read_bytes())
    raw[raw.rindex(b"data.pkl")] ^= 0x80
    whole.write_bytes(raw)
    refused(network, whole, "truncated, or no PyTorch file at all|damaged")


def test_a_pickle_that_stops_in_the_middle_of_a_number(network, whole):
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02J\x01\x02")
        archive.writestr("archive/version", b"3")
    refused(network, whole, "damaged")


def test_one_bit_flipped_in_the_weights(network, whole):
    """PyTorch itself would load this one, and answer differently."""
    raw = bytearray(whole.read_bytes())
    weights = network[0].weight.detach().numpy().tobytes()
    raw[raw.index(weights) + 5] ^= 1
    whole.write_bytes(raw)
    torch.load(whole, weights_only=True)
    refused(network, whole, "was changed after it was written")


class Runs:
    """What a hostile pickle does on loading."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_code_in_it_is_not_run(network, whole, tmp_path):
    torch.save({"state_dict": Runs(tmp_path / "owned")}, whole)
    refused(network, whole, "holds more than weights and was not loaded")
    assert not (tmp_path / "owned").exists()
    torch.load(whole, weights_only=False)  # the trap is a working one
    assert (tmp_path / "owned").exists()


def test_a_bare_pickle_is_not_run_either(network, whole, tmp_path):
    whole.write_bytes(pickle.dumps(Runs(tmp_path / "owned")))
    refused(network, whole, "no PyTorch file at all")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    "content",
    [{}, [1, 2], 3.0, {"state_dict": None}, {"state_dict": [1]}, {"state_dict": {"0.weight": "a"}}, {"weights": 1}],
    ids=str,
)
def test_foreign_content(network, whole, content):
    torch.save(content, whole)
    refused(network, whole, "was not written by this project|no finite numbers|layers are not those")


def test_other_foreign_files(network, whole):
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("holiday/photo.jpg", b"\xff\xd8")
    refused(network, whole, "damaged|not written by this project")
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", b"\0" * 1_000_000)
    refused(network, whole, "not written by this project")


def test_weights_that_are_no_numbers(network, whole):
    weights = network.state_dict()
    weights["0.bias"][1] = float("nan")
    torch.save({"state_dict": weights}, whole)
    refused(network, whole, "no finite numbers")


def test_another_network(whole):
    refused(nn.Sequential(nn.Linear(4, 5)), whole, re.escape("its layers are not those of the network in result.json"))
