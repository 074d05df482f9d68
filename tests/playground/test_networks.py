"""What the networks compute for an image, and which of them are shown."""

from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mnist_exp.config.schema import ImageFacts
from mnist_exp.playground.networks import (
    LayerResponse,
    Network,
    NetworkResponse,
    Playground,
    best_of_each,
    layer_maps,
    respond,
)
from mnist_exp.runs.run_selection import TrainedRun
from mnist_exp.training.build import build_classifier
from tests.digits.strokes import draw
from tests.factories import record

DIGIT = np.ascontiguousarray(draw(3, 22)[::10, ::10])


class Model(nn.Module):
    """Takes the place of a LitClassifier, without standardisation."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def standardise(self, images: Tensor) -> Tensor:
        return images.float()

    def forward(self, images: Tensor) -> Tensor:
        return self.network(self.standardise(images))


def run_of(network: nn.Module) -> TrainedRun:
    return TrainedRun(Path(), record(), Model(network).eval())  # type: ignore[arg-type]


def linear(weights: list[list[int]]) -> nn.Linear:
    layer = nn.Linear(len(weights[0]), len(weights), bias=False)
    layer.weight.data = torch.tensor(weights, dtype=torch.float32)
    return layer


def worked_example(activation: nn.Module) -> NetworkResponse:
    """The response to pixels 3 and 1, for which the four units get 3, -2, 4 and 0."""
    network = nn.Sequential()
    network.add_module("flatten", nn.Flatten())
    network.add_module("dense1", linear([[1, 0], [-1, 1], [1, 1], [0, 0]]))
    network.add_module("dense1_act", activation)
    network.add_module("logits", linear([[1] * 4] * 10))
    return respond(run_of(network), np.array([[3, 1]], dtype=np.float32))


def test_relu_units_with_zero_slope_or_zero_value_are_silent():
    response = worked_example(nn.ReLU())
    assert response.layers["dense1"].values.tolist() == [3, 0, 4, 0]
    assert response.layers["dense1"].silent.tolist() == [False, True, False, True]
    assert response.silent_share == 0.5
    assert response.probabilities == pytest.approx([0.1] * 10)


def test_leaky_relu_is_silent_only_where_its_value_is_zero():
    assert worked_example(nn.LeakyReLU(0.01)).silent_share == 0.25


def test_a_channel_is_silent_if_it_is_silent_everywhere():
    values = torch.tensor([[[0.0, 1.0]], [[0.0, 0.0]]])  # two channels of 1×2
    response = NetworkResponse([0.1] * 10, {"conv1": LayerResponse(values, values == 0)})
    assert response.silent_share == 0.5
    (layer,) = layer_maps(response)
    assert (layer.silent_units, layer.units, layer.silent_share) == ([1], 2, 0.75)
    assert (layer.height, layer.width, layer.minimum, layer.maximum) == (1, 2, 0, 1)
    assert list(b64decode(layer.maps)) == [0, 255, 0, 0]


@pytest.mark.parametrize(("shape", "size"), [((6,), (1, 1)), ((6, 5), (1, 5)), ((6, 4, 5), (4, 5))], ids=str)
def test_maps_have_a_pixel_for_each_value_of_a_unit(shape, size):
    values = torch.arange(float(np.prod(shape))).reshape(shape)
    (layer,) = layer_maps(NetworkResponse([0.1] * 10, {"layer": LayerResponse(values, values == 0)}))
    assert (layer.units, layer.height, layer.width) == (6, *size)
    assert len(b64decode(layer.maps)) == values.numel()


def test_a_network_without_hidden_units_has_no_silent_share():
    assert NetworkResponse([0.1] * 10, {}).silent_share is None


def test_the_response_is_what_the_network_computes(playground):
    arm = playground.networks["cnn"].arms[1]
    response = respond(arm, DIGIT)
    assert response.probabilities == pytest.approx(arm.probabilities(DIGIT[None])[0].tolist(), abs=1e-5)
    images = torch.from_numpy(DIGIT)[None, None]
    expected = arm.model.intermediates(images, ["conv1_act", "conv2_act", "dense1_act"])
    for name, layer in response.layers.items():
        assert torch.equal(layer.values, expected[f"{name}_act"][0])
    assert [layer.name for layer in layer_maps(response)] == ["conv1", "conv2", "dense1"]


def test_a_network_that_averages_several_views_predicts_the_average(plain):
    torch.manual_seed(0)
    arm = TrainedRun(Path(), record(), build_classifier(plain("model=cnn_quick", "model.views=true")).eval())
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    predicted = respond(arm, pixels).probabilities
    assert predicted == pytest.approx(arm.probabilities(pixels[None])[0].tolist(), abs=1e-5)
    one_view = arm.model.intermediates(torch.from_numpy(pixels)[None, None], ["logits"])["logits"].softmax(1)[0]
    assert predicted != pytest.approx(one_view.tolist(), abs=1e-5)


class Residual(nn.Module):
    """A convolution, then a convolution with a skip connection, whose sum is activated."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv, self.head = nn.Conv2d(1, 4, 5), nn.Conv2d(4, 4, 3, padding=1), nn.Linear(4, 10)
        self.stem_act, self.sum_act = nn.ReLU(inplace=True), nn.ReLU(inplace=True)

    def forward(self, images: Tensor) -> Tensor:
        first = self.stem_act(self.stem(images))
        return self.head(self.sum_act(first + self.conv(first)).mean((2, 3)))


def test_layer_maps_of_a_residual_network_include_the_skip_connection():
    torch.manual_seed(0)
    network = Residual()
    response = respond(run_of(network), DIGIT)
    images = torch.from_numpy(DIGIT)[None, None].float()
    first = network.stem(images).relu()
    expected = {"stem": first[0], "conv": (first + network.conv(first)).relu()[0]}
    assert list(response.layers) == list(expected)
    for layer in layer_maps(response):
        assert (layer.units, layer.height, layer.width) == (4, 24, 24)
        values = expected[layer.name]
        assert torch.equal(response.layers[layer.name].values, values)
        assert (layer.minimum, layer.maximum) == (values.min().item(), values.max().item())
        assert layer.silent_share == pytest.approx((values == 0).float().mean().item())
    assert response.probabilities == pytest.approx(network(images)[0].softmax(0).tolist(), abs=1e-5)


def test_layer_maps_of_nested_sequentials_are_named_by_their_path():
    torch.manual_seed(0)
    features = nn.Sequential(nn.Sequential(nn.Conv2d(1, 3, 5), nn.Tanh()), nn.MaxPool2d(2))
    head = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(3 * 12 * 12, 6), nn.ReLU()), nn.Linear(6, 10))
    response = respond(run_of(nn.Sequential(features, head)), DIGIT)
    maps = {layer.name: (layer.units, layer.height, layer.width) for layer in layer_maps(response)}
    assert maps == {"0.0.0": (3, 24, 24), "1.1.0": (6, 1, 1)}
    images = torch.from_numpy(DIGIT)[None, None].float()
    assert torch.equal(response.layers["0.0.0"].values, features[0](images)[0])
    assert torch.equal(response.layers["1.1.0"].values, head[:2](features(images))[0])


def test_the_answer_holds_all_predictions_and_the_layers_of_the_inspected_network(playground):
    first, second = (playground.answer("cnn", inspected, DIGIT, label=3) for inspected in (0, 1))
    assert (first.label, b64decode(first.pixels)) == ("3", DIGIT.tobytes())
    assert first.predictions == second.predictions
    expected = [[*layer_maps(respond(arm, DIGIT))] for arm in playground.networks["cnn"].arms]
    assert [first.layers, second.layers] == expected


def test_the_best_run_of_each_activation_is_shown():
    runs = [record("relu", 0, val=0.97), record("relu", 1, val=0.98), record("mish", 0, val=0.99)]
    runs += [record("tanh", val=0.9), record("relu", 0, model="mlp", val=0.95), record("relu", 2, val=None)]
    shown = {name: [(run.activation, run.seed) for run in best] for name, best in best_of_each(runs).items()}
    assert shown == {"cnn": [("mish", 0), ("relu", 1), ("tanh", 0)], "mlp": [("relu", 0)]}


def test_runs_on_different_data_are_different_networks():
    assert set(best_of_each([record(data="mnist"), record(data="mnist5k")])) == {"cnn on mnist", "cnn on mnist5k"}


def test_a_network_without_activation_has_a_name_and_a_colour(playground):
    arm = playground.networks["cnn"].arms[0]
    without = replace(arm, record=replace(arm.record, activation=None))
    (network,) = Playground({"softmax": Network([without], None, "no test set")}).describe().networks
    assert (network.name, network.arms[0].name, network.arms[0].colour) == ("softmax", "no activation", "#555555")
    assert (network.test_size, network.data) == (0, "no test set")


def test_classes_are_named_as_in_the_data_of_the_network(playground):
    arm = playground.networks["cnn"].arms[0]
    letters = ImageFacts([1, 28, 28], list("abcdefghij"), 0.1, 0.3)
    named = replace(arm, record=replace(arm.record, config=replace(arm.record.config, images=letters)))
    page = Playground({"cnn": Network([named], None, "no test set")})
    assert page.describe().networks[0].classes == list("abcdefghij")
    assert page.answer("cnn", 0, DIGIT, label=3).label == "d"
