"""Images that a convolutional network takes: as many maps are left as PyTorch's layers leave."""

import pytest
import torch

from mnist_exp.config.network_sizes import check_network_size, conv_features
from mnist_exp.errors import UserError
from mnist_exp.models.conv import ConvNet


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_as_many_numbers_are_left_as_the_layers_return(padding):
    network = ConvNet(
        input_shape=(1, 13, 17), num_classes=2, channels=[3, 5], kernel=3, padding=padding, hidden=[], dropout=0.0,
        batch_norm=False, activation=torch.nn.ReLU, dense_activation=torch.nn.ReLU,
    )  # fmt: skip
    (dense,) = [layer for layer in network.modules() if isinstance(layer, torch.nn.Linear)]
    assert conv_features([1, 3, 5], (13, 17), 3, padding) == dense.in_features


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        ("model=cnn model.kernel=20", r"model\.channels=\[32, 64\] with model\.kernel=20 leaves no pixel"),
        ("model=cnn model.channels=[1,1,1,1,1]", "leaves no pixel after convolution 4"),
        ("model=cnn_quick model.whitening.kernel=29", "must be at most 28"),
        ("model=cnn_quick model.whitening.stride=20", "leaves no pixel"),
    ],
)
def test_networks_that_leave_no_pixel_are_refused(plain, overrides, line):
    with pytest.raises(UserError, match=line):
        check_network_size(plain(*overrides.split()).model, (1, 28, 28))


def test_every_other_network_is_taken(plain):
    for name in ("softmax", "mlp", "cnn", "cnn_deep", "cnn_quick"):
        check_network_size(plain(f"model={name}").model, (1, 28, 28))
