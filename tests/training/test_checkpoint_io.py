"""Checkpoints are written completely or not at all."""

import pytest
import torch

from mnist_exp.training.checkpoint_io import AtomicCheckpointIO


def test_a_checkpoint_is_read_back(tmp_path):
    path = tmp_path / "checkpoints" / "best.ckpt"
    AtomicCheckpointIO().save_checkpoint({"state_dict": {"a": torch.ones(3)}}, path)
    assert torch.equal(torch.load(path)["state_dict"]["a"], torch.ones(3))
    assert [one.name for one in path.parent.iterdir()] == ["best.ckpt"]


def test_a_disk_that_is_full_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "best.ckpt"
    AtomicCheckpointIO().save_checkpoint({"epoch": 1}, path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mnist_exp.atomic_files.Path.replace", full)
    with pytest.raises(OSError, match="No space"):
        AtomicCheckpointIO().save_checkpoint({"epoch": 2}, path)
    assert torch.load(path) == {"epoch": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["best.ckpt"]
