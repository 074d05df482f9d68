import pytest
import torch

from mnist_exp.benchmark.contenders import plain_network
from mnist_exp.benchmark.roofline import gemm_rate, step_operations, time_by_operation
from mnist_exp.benchmark.settings import epoch_config
from mnist_exp.training.build import build_classifier
from tests.factories import config


def one_convolution(channels):
    """A 3×3 convolution, pooling, and the output layer."""
    return plain_network(config("model=cnn", f"model.channels=[{channels}]", "model.hidden=[]").model)


def test_operations_are_those_counted_by_hand():
    network = plain_network(config("model=mlp", "model.hidden=[100]").model)
    first, second = 784 * 100, 100 * 10
    # Forward, the gradient of the weights, and the gradient of the inputs, which the pixels do not need.
    assert step_operations(network, 32) == 2 * 32 * (2 * first + 3 * second)


def test_a_convolution_counts_at_every_position():
    conv, dense = 26 * 26 * 9 * 4, 13 * 13 * 4 * 10
    assert step_operations(one_convolution(4), 2) == 2 * 2 * (2 * conv + 3 * dense)


def test_rows_that_our_network_leaves_out_do_not_count():
    """The second convolution computes 10 of its 11 rows, the ones that are pooled, from 12 of the first's 13."""
    network = build_classifier(epoch_config("cnn", "mnist"))
    convs = 2 * 24**2 * 9 * 32, 3 * 10**2 * 9 * 32 * 64
    dense = 3 * (1600 * 128 + 128 * 10)
    assert step_operations(network, 2) == 2 * 2 * (sum(convs) + dense)


@pytest.mark.slow
def test_the_rate_of_matrix_products_is_plausible():
    assert 1e9 < gemm_rate(1, torch.float32) < 1e14


def test_shares_add_up_to_one_and_include_the_convolution():
    shares = time_by_operation(one_convolution(8), 16, 1)
    assert sum(share for _, share in shares) == pytest.approx(1)
    assert [share for _, share in shares] == sorted((share for _, share in shares), reverse=True)
    assert any("conv" in name for name, _ in shares)
