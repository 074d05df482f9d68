"""Layers of any network are found: in a row, nested, shared, behind skip connections."""

import pytest
import torch
from torch import nn

from mnist_exp.models.layers import activation_calls, intermediates, last_hidden, layer_edges, weighted_layers
from mnist_exp.training.build import build_classifier
from tests.factories import NestedNetwork, ResidualNetwork


@pytest.fixture
def resnet():
    torch.manual_seed(0)
    return ResidualNetwork()


@pytest.fixture
def nested():
    torch.manual_seed(0)
    return NestedNetwork().eval()


IMAGES = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_activations_are_named_after_the_layer_before_them(resnet, nested):
    calls = activation_calls(resnet, IMAGES)
    assert list(calls) == ["blocks.0.first", "blocks.0.second", "blocks.1.first", "blocks.1.second"]
    assert [type(call.layer).__name__ for call in calls.values()] == ["ReLU", "Mish"] * 2
    assert list(activation_calls(nested, IMAGES)) == ["1.0", "2.0"]


def test_recorded_values_are_those_of_the_forward_pass(resnet):
    calls = activation_calls(resnet, IMAGES)
    x = resnet.stem(IMAGES)
    before = resnet.blocks[0].first(x)
    assert torch.equal(calls["blocks.0.first"].inputs, before)  # although the ReLU works in place
    summed = x + resnet.blocks[0].second(before.relu())
    assert torch.equal(calls["blocks.0.second"].inputs, summed)
    assert torch.equal(calls["blocks.0.second"].output, nn.functional.mish(summed))


def test_a_layer_that_is_used_twice_is_recorded_twice():
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.act, self.dense = nn.ReLU(), nn.Linear(784, 784)

        def forward(self, x):
            x = self.act(self.dense(x.flatten(1)))
            return self.act(self.act(x))

    assert list(activation_calls(Shared(), IMAGES)) == ["dense", "act", "act#2"]


def test_intermediates_are_found_by_path(resnet, nested):
    found = intermediates(resnet, IMAGES, ["blocks.1", "head"])
    assert {name: tuple(x.shape) for name, x in found.items()} == {"blocks.1": (3, 4, 26, 26), "head": (3, 10)}
    assert torch.equal(found["head"], resnet(IMAGES))
    assert intermediates(nested, IMAGES, ["1.1.0"])["1.1.0"].shape == (3, 8)
    with pytest.raises(KeyError, match=r"blocks\.9"):
        intermediates(resnet, IMAGES, ["stem", "blocks.9"])


def test_weighted_layers_and_the_last_hidden_output(resnet, nested):
    assert list(weighted_layers(nested)) == ["1.0", "2.0", "3"]
    assert len(weighted_layers(resnet)) == 6
    assert last_hidden(resnet, IMAGES).shape == (3, 4)
    assert last_hidden(nested, IMAGES).shape == (3, 6)


def test_the_graph_follows_skip_connections(resnet):
    edges = {name: sources for name, _, sources in layer_edges(resnet, IMAGES)}
    assert edges["stem"] == []
    assert edges["blocks.0.second"] == ["blocks.0.act"]
    assert sorted(edges["blocks.0.last_act"]) == ["blocks.0.second", "stem"]
    assert sorted(edges["blocks.1.last_act"]) == ["blocks.0.last_act", "blocks.1.second"]
    assert edges["head"] == ["blocks.1.last_act"]


def test_hooks_see_whole_outputs_of_a_pruned_network(plain):
    torch.manual_seed(0)
    module = build_classifier(plain("model=cnn_deep"))
    images = torch.randint(0, 256, (2, 1, 28, 28), dtype=torch.uint8)
    calls = activation_calls(module.network, module.standardise(images))
    assert {name: tuple(call.output.shape[1:]) for name, call in calls.items()} == {
        "conv1": (16, 28, 28), "conv2": (32, 14, 14), "conv3": (64, 7, 7), "dense1": (100,),
    }  # fmt: skip
    assert not module.network.plain
