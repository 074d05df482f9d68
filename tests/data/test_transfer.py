import pytest
import torch

from mnist_exp.data.transfer import to_device


def test_values_arrive_unchanged_on_the_cpu():
    values = torch.arange(5)
    assert torch.equal(to_device(values, torch.device("cpu")), values)


@pytest.mark.gpu
def test_values_arrive_unchanged_on_a_gpu():
    values = torch.arange(5)
    moved = to_device(values, torch.device("cuda"))
    assert moved.device.type == "cuda"
    assert torch.equal(moved.cpu(), values)
