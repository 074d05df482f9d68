import pytest
import torch

from mnist_exp.benchmark.__main__ import settings
from mnist_exp.benchmark.contenders import plain_network
from mnist_exp.benchmark.roofline import gemm_rate, operations, shares
from mnist_exp.training.build import build_classifier


def test_operations_are_those_counted_by_hand():
    network = plain_network({"hidden": [100], "activation": "relu"})
    first, second = 784 * 100, 100 * 10
    # Forward, the weights' gradient, and the inputs' gradient, which the pixels need not.
    assert operations(network, 32) == 2 * 32 * (2 * first + 3 * second)


def test_a_convolution_counts_once_for_every_place():
    network = plain_network({"channels": [4], "kernel": 3, "padding": "valid", "hidden": [], "activation": "relu"})
    conv, dense = 26 * 26 * 9 * 4, 13 * 13 * 4 * 10
    assert operations(network, 2) == 2 * 2 * (2 * conv + 3 * dense)


def test_what_our_network_leaves_out_does_not_count():
    """Of 11 rows of the second convolution one is not pooled, so that 10 are worked out, of 12 of the first's 13."""
    network = build_classifier(settings("cnn", "mnist", None, None))
    convs = 2 * 24**2 * 9 * 32, 3 * 10**2 * 9 * 32 * 64
    dense = 3 * (1600 * 128 + 128 * 10)
    assert operations(network, 2) == 2 * 2 * (sum(convs) + dense)


def test_the_rate_is_that_of_a_computer():
    assert 1e9 < gemm_rate(1, torch.float32) < 1e14


def test_shares_make_a_whole_and_a_convolution_is_seen():
    network = plain_network({"channels": [8], "kernel": 3, "padding": "valid", "hidden": [], "activation": "relu"})
    found = shares(network, 16, 1)
    assert sum(share for _, share in found) == pytest.approx(1)
    assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)
    assert any("conv" in name for name, _ in found)
