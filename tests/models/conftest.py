"""What the tests of networks share."""

import pytest
import torch

from mnist_exp.models.build import build_network


@pytest.fixture
def network(plain):
    """network("model=mlp") returns the network of a configuration."""

    def make(*overrides: str):
        torch.manual_seed(0)
        return build_network(plain(*overrides).model, input_shape=(1, 28, 28), num_classes=10)

    return make
