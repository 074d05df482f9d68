"""What the page's own JavaScript computes, compared with PyTorch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from examples.own_network import SkipNet
from mnist_exp import registry
from mnist_exp.models.activations import is_activation, is_silent
from mnist_exp.models.layers import activation_calls
from mnist_exp.playground.samples import ImageSet
from mnist_exp.playground.steps import SHOWN_NAMES
from mnist_exp.runs.run_selection import finished_runs, open_run
from tests.browser import needs_chromium
from tests.factories import NestedNetwork, ResidualNetwork, colour_images
from tests.playground.engine import arm_of, classifier, digits, torch_logits

pytestmark = needs_chromium
TOLERANCE = 2e-3
NETWORKS = {
    "softmax": ("model=softmax",),
    "mlp": ("model=mlp",),
    "mlp_deep": ("model=mlp_deep",),
    "mlp with batch norm": ("model=mlp", "model.batch_norm=true"),
    "cnn": ("model=cnn",),
    "cnn with batch norm": ("model=cnn", "model.batch_norm=true", "model.dropout=0.5"),
    "cnn_deep": ("model=cnn_deep",),
    "cnn_quick": ("model=cnn_quick",),
    "cnn_quick, five views": ("model=cnn_quick", "model.views=true"),
}


class Odd(nn.Module):
    """Every other operation: groups, strides, padding on one side, dilation, averages, products, joined channels."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 6, (3, 4), padding="same", bias=False)
        self.own_slopes = nn.PReLU(6)
        self.grouped = nn.Conv2d(6, 9, 3, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=3)
        self.average = nn.AvgPool2d(3, stride=2, padding=1)
        self.plain_average = nn.AvgPool2d((2, 3), padding=1, count_include_pad=False)
        self.largest = nn.MaxPool2d(3, stride=2, padding=1, dilation=2, ceil_mode=True)
        self.adaptive = nn.AdaptiveAvgPool2d((3, 5))
        self.scale = nn.Parameter(torch.rand(9, 1, 1))
        self.head = nn.Linear(9 * 15 + 9 + 6 * 2 * 3, 10)
        with torch.no_grad():
            self.own_slopes.weight.copy_(torch.linspace(-0.5, 0.9, 6))

    def forward(self, images: Tensor) -> Tensor:
        first = self.own_slopes(self.first(images))
        second = F.gelu(self.grouped(first)) * self.scale
        both = torch.cat([second * second.sigmoid(), second + 1], dim=1)[:, :9]
        pooled = self.adaptive(self.plain_average(F.pad(self.average(both), (1, 0, 2, 0)))).transpose(2, 3)
        corner = self.largest(first)[..., :2, 1:4].permute(0, 2, 3, 1)
        rows = pooled.reshape(len(images), -1), both.mean((2, 3)), corner.flatten(1)
        return self.head(torch.cat(rows, 1))


OWN = {
    "the example": lambda: SkipNet(nn.Mish, (1, 28, 28), 10),
    "residual, in place": lambda: ResidualNetwork(),
    "nested": lambda: NestedNetwork(),
    "bends inside segments": lambda: NestedNetwork(lambda: nn.Hardtanh(-0.7234, 0.3111)),
    "every operation": Odd,
}


def assert_equal_answers(engine, model, images=None, activation="relu"):
    images = images or digits()
    engine.load([arm_of(model, images, activation)], images)
    got, expected = engine.logits(images.pixels)[:, 0], torch_logits(model, images.pixels)
    assert np.abs(expected).max() > 5
    assert np.abs(got - expected).max() <= TOLERANCE
    assert got.argmax(1).tolist() == expected.argmax(1).tolist()


@pytest.mark.parametrize("network", NETWORKS)
def test_built_in_networks_answer_as_in_pytorch(engine, network):
    assert_equal_answers(engine, classifier(*NETWORKS[network], activation="mish"))


@pytest.mark.parametrize("activation", registry.names("activation"))
def test_every_activation_answers_as_in_pytorch(engine, activation):
    assert_equal_answers(engine, classifier("model=cnn", activation=activation), activation=activation)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # PyTorch is slower then, and says so
@pytest.mark.parametrize("network", OWN)
def test_own_networks_answer_as_in_pytorch(engine, network):
    torch.manual_seed(1)
    assert_equal_answers(engine, classifier("model=cnn", network=OWN[network]()))


def test_colour_images_answer_as_in_pytorch(engine):
    pixels = np.moveaxis(colour_images(200).images, -1, 1).copy()
    images = ImageSet("colours", False, (3, 32, 32), list("0123456789"), pixels, np.arange(200) % 10, np.arange(200))
    model = classifier("model=cnn")  # its weights are of no use here, but its standardisation and settings are
    model.network = SkipNet(nn.ReLU, (3, 32, 32), 10)
    model.standardise.scale = torch.tensor([0.01, 0.02, 0.015]).reshape(3, 1, 1)
    model.standardise.offset = torch.tensor([1.0, 2.0, 1.5]).reshape(3, 1, 1)
    with torch.no_grad():
        model.network.last.weight *= 15 / np.abs(torch_logits(model, pixels)).max()
        model.network.last.bias.zero_()
    assert_equal_answers(engine, model, images)


def test_trained_networks_answer_as_in_pytorch(engine, readers):
    for run in finished_runs(readers):
        assert_equal_answers(engine, open_run(run).model, activation=run.activation)


def test_each_step_holds_what_the_layer_returns(engine):
    model, images = classifier("model=cnn_quick", "model.views=true", activation="tanh"), digits(1)
    engine.load([arm_of(model, images)], images)
    steps = engine.ask("steps", network=0, arm=0, pixels=images.pixels.ravel().tolist())["steps"]
    names = [name for name, layer in model.network.named_modules() if name and "." not in name]
    assert [step["name"] for step in steps] == [SHOWN_NAMES.get(name, name) for name in names]
    expected = model.intermediates(torch.from_numpy(images.pixels), names)
    for name, step in zip(names, steps, strict=True):
        values = expected[name][0]
        assert step["shape"] == list(values.shape)
        assert np.allclose(step["values"], values.detach().flatten(), atol=1e-3)


SQUARES = ("relu_squared", "star_relu")
NEVER_SILENT = (
    *("identity", "leaky_relu", "rrelu", "softsign", "tanhshrink", "squareplus", "sin", "arctan", "bent_identity"),
    *("lisht", "prelu", "snake", "rational"),
)


@pytest.mark.parametrize("activation", registry.names("activation"))
def test_units_are_silent_where_they_are_so_in_python(engine, activation):
    model, images = classifier("model=mlp_deep", activation=activation), digits(5)
    with torch.no_grad():
        if activation not in SQUARES:  # whose outputs would be beyond any table
            model.network.dense2.weight *= 8  # so that some units saturate
        model.network.dense2.bias[0] = -200.0  # whatever it gets, a relu is silent here
    engine.load([arm_of(model, images)], images)
    layers = dict(model.network.named_modules())
    wrong = units = silent = 0
    for pixels in images.pixels:
        for step in engine.ask("steps", network=0, arm=0, pixels=pixels.ravel().tolist())["steps"]:
            if not is_activation(layers[step["name"]]):
                continue
            inputs, values = (torch.tensor(step[key]) for key in ("inputs", "values"))
            expected = is_silent(layers[step["name"]], inputs, values)
            near = [is_silent(layers[step["name"]], inputs * factor, values) for factor in (0.999, 1.001)]
            certain = (near[0] == expected) & (near[1] == expected)  # snake's derivative is zero at single points
            wrong += int(((torch.tensor(step["silentUnits"]).bool() != expected) & certain).sum())
            units += len(expected)
            silent += int(expected.sum())
            assert step["silentShare"] == pytest.approx(np.mean(step["silentUnits"]))
    assert silent >= 5 or activation in NEVER_SILENT
    assert wrong <= units / 1000  # derivatives near the limit are rounded in another way


def test_the_share_of_silent_units_is_that_of_all_activations(engine):
    model, images = classifier("model=cnn"), digits(20)
    engine.load([arm_of(model, images)], images)
    for pixels in images.pixels:
        (got,) = engine.ask("predict", network=0, pixels=pixels.ravel().tolist())["arms"]
        calls = activation_calls(model.network, model.standardise(torch.from_numpy(pixels[None])))
        silent = [
            is_silent(call.layer, call.inputs, call.output)[0].reshape(call.output.shape[1], -1).all(1)
            for call in calls.values()
        ]
        assert got["silent"] == pytest.approx(torch.cat(silent).float().mean().item(), abs=0.01)
        assert sum(got["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_a_network_without_hidden_units_has_no_silent_share(engine):
    images = digits(1)
    engine.load([arm_of(classifier("model=softmax"))], images)
    assert engine.ask("predict", network=0, pixels=images.pixels.ravel().tolist())["arms"][0]["silent"] is None
