"""Dense networks: their layers, and what they compute."""

import torch
from torch import nn

from mnist_exp.models.dense import DenseNet


def test_dropout_has_the_configured_probability(network):
    assert network("model=mlp_deep", "model.dropout=0.3").dense2_drop.p == 0.3


def test_an_identity_network_is_linear(network):
    """The control: without activations, depth adds nothing; f(a) + f(b) - f(0) = f(a + b)."""
    layers = network("model=mlp_deep", "model.activation=identity").double()
    a, b = torch.rand(2, 4, 1, 28, 28, dtype=torch.float64)
    torch.testing.assert_close(layers(a) + layers(b) - layers(0 * a), layers(a + b))


def test_the_logits_are_those_of_the_written_out_layers():
    torch.manual_seed(0)
    options = {"input_shape": (1, 4, 4), "num_classes": 3, "hidden": [5], "dropout": 0.0, "batch_norm": False}
    module = DenseNet(activation=nn.Tanh, **options)
    images = torch.rand(2, 1, 4, 4)
    hidden = torch.tanh(images.flatten(1) @ module.dense1.weight.T + module.dense1.bias)
    torch.testing.assert_close(module(images), hidden @ module.logits.weight.T + module.logits.bias)


def test_batch_norm_and_dropout_surround_the_activation():
    options = {"input_shape": (1, 4, 4), "num_classes": 3, "hidden": [5, 6], "dropout": 0.2, "batch_norm": True}
    kinds = [type(layer) for layer in DenseNet(activation=nn.ELU, **options)]
    assert kinds == [nn.Flatten, *[nn.Linear, nn.BatchNorm1d, nn.ELU, nn.Dropout] * 2, nn.Linear]
