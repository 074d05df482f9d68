"""What a network computes, as steps; and what cannot be."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_exp.models import activations
from mnist_exp.playground.operations import Weighted
from mnist_exp.playground.recorder import UnsupportedLayerError
from mnist_exp.playground.steps import steps_of
from mnist_exp.training.build import build_classifier
from tests.factories import ResidualNetwork, config

IMAGES = torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))


class Network(nn.Module):
    """A network of a function of the images and a dense layer."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function, self.conv, self.head = function, nn.Conv2d(1, 2, 3), nn.LazyLinear(10)
        self.eval()(IMAGES)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.function(self, images))


def described(network: nn.Module) -> list[tuple[str, str, list[int], list[int], int]]:
    steps = steps_of(network.eval(), IMAGES).steps
    return [(step.op, step.name, step.inputs, step.shape, step.parameters) for step in steps]


def test_the_steps_of_cnn():
    network = build_classifier(config("model=cnn")).network
    assert described(network) == [
        ("conv", "conv1", [-1], [32, 26, 26], 320),
        ("activation", "conv1_act", [0], [32, 26, 26], 0),
        ("max_pool", "pool1", [1], [32, 13, 13], 0),
        ("conv", "conv2", [2], [64, 11, 11], 18_496),
        ("activation", "conv2_act", [3], [64, 11, 11], 0),
        ("max_pool", "pool2", [4], [64, 5, 5], 0),
        ("flatten", "flatten", [5], [1600], 0),
        ("dense", "dense1", [6], [128], 204_928),
        ("activation", "dense1_act", [7], [128], 0),
        ("dense", "logits", [8], [10], 1290),
    ]


def test_a_layer_that_is_not_trained_says_so_and_has_a_name_that_explains_it():
    network = build_classifier(config("model=cnn_quick")).network
    weighted = [step for step in steps_of(network.eval(), IMAGES).steps if isinstance(step, Weighted)]
    assert [(step.name, step.trained) for step in weighted] == [
        ("whitening", False),
        ("conv1", True),
        ("dense1", True),
        ("logits", True),
    ]
    computed = nn.utils.parametrizations.weight_norm(nn.Linear(10, 10))
    assert steps_of(nn.Sequential(network, computed).eval(), IMAGES).steps[-1].trained


def test_a_skip_connection_is_a_sum_of_two_steps():
    steps = described(ResidualNetwork())
    assert [step[:3] for step in steps[:6]] == [
        ("conv", "stem", [-1]),
        ("conv", "blocks.0.first", [0]),
        ("activation", "blocks.0.act", [1]),
        ("conv", "blocks.0.second", [2]),
        ("add", "blocks.0", [0, 3]),
        ("activation", "blocks.0.last_act", [4]),
    ]
    assert [step[0] for step in steps[-2:]] == ["mean", "dense"]


def test_dropout_and_other_layers_that_change_nothing_are_no_steps():
    network = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Identity(), nn.Linear(784, 10))
    assert [step[0] for step in described(network)] == ["flatten", "dense"]


def test_functions_of_the_networks_own_code_are_steps():
    steps = described(Network(lambda net, x: F.max_pool2d(F.relu(net.conv(x)) * 2, 2).view(x.size(0), -1)))
    assert [step[:2] for step in steps] == [
        ("conv", "conv"),
        ("activation", "relu"),
        ("pointwise", "mul"),
        ("max_pool", "max_pool2d"),
        ("flatten", "view"),
        ("dense", "head"),
    ]


def by_pixel(_net: Network, x: Tensor) -> Tensor:
    return x.flatten(1) if x.mean() > 100 else x.flatten(1) * 2


REFUSED = {
    "a matrix product": (lambda _, x: (x @ x).flatten(1), "uses matmul, which the page cannot run"),
    "a broadcast sum": (lambda net, x: (x[:, :, 2:, 2:] + net.conv(x)).flatten(1), "arrays of different shapes"),
    "dense on maps": (lambda _, x: F.linear(x, torch.ones(3, 28)).flatten(1), "flatten them first"),
    "a mean of rows": (lambda _, x: x.mean(3).flatten(1), "not of whole maps"),
    "joined rows": (lambda _, x: torch.cat([x, x + 1], 2).flatten(1), "not their channels"),
    "softmax": (lambda _, x: x.flatten(1).softmax(1), "uses softmax, which the page cannot run"),
    "a choice by pixels": (by_pixel, "depends on the values of the pixels"),
    "ceil_mode": (lambda _, x: F.avg_pool2d(x, 3, ceil_mode=True).flatten(1), "ceil_mode"),
    "weights from the batch": (lambda _, x: F.conv2d(x, x[:1, :, :3, :3]).flatten(1), "which the page cannot run"),
    "one image at a time": (lambda _, x: x.reshape(1, -1)[:, :784].repeat(len(x), 1), "cannot run|fails for"),
    "outside PyTorch": (lambda _, x: torch.from_numpy(x.numpy() * 2).flatten(1), "depends on the values"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_page_cannot_run_is_refused_with_the_reason(name):
    function, reason = REFUSED[name]
    with pytest.raises(UnsupportedLayerError, match=reason):
        steps_of(Network(function), IMAGES)


def test_a_network_whose_calls_depend_on_the_images_is_refused():
    calls = iter(range(100))
    network = Network(lambda _, x: x.flatten(1))
    network.function = lambda _, x: x.flatten(1) if next(calls) == 0 else x.flatten(1) * 2
    with pytest.raises(UnsupportedLayerError, match="other things for other images"):
        steps_of(network, IMAGES)


def test_a_layer_that_the_page_cannot_run_is_named():
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.LayerNorm(8), nn.Linear(8, 10))
    with pytest.raises(UnsupportedLayerError, match=r"^has a layer of type LayerNorm \(2\), which the page cannot run"):
        steps_of(network.eval(), IMAGES)


class Outer(nn.Module):
    """An activation that uses another one."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Tanh()

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


def test_an_activation_made_of_others_is_one_step(monkeypatch):
    monkeypatch.setattr(activations, "_made", {Outer})
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 8), Outer(), nn.Linear(8, 10))
    assert [step[:2] for step in described(network)][2] == ("activation", "2")
