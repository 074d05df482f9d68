import math

import pytest
import torch
from scipy.integrate import quad
from torch import nn

from mnist_exp.errors import UserError
from mnist_exp.models import activations
from mnist_exp.models.activations import FunctionActivation, activation_factory
from mnist_exp.models.initialisation import _calls, initialise, second_moment

SHAPE = (1, 20, 20)


@pytest.mark.parametrize(
    ("name", "sd", "bound"),
    [
        ("glorot", math.sqrt(2 / (400 + 300)), math.sqrt(6 / (400 + 300))),
        ("he", math.sqrt(2 / 400), math.inf),
        ("lecun", math.sqrt(1 / 400), math.inf),
    ],
)
def test_weights_have_the_published_spread_and_biases_are_zero(name, sd, bound):
    torch.manual_seed(0)
    layer = nn.Linear(400, 300)
    initialise(nn.Sequential(layer), name, SHAPE)
    assert layer.weight.std().item() == pytest.approx(sd, rel=0.01)
    assert layer.weight.abs().max() <= bound
    assert layer.bias.abs().max() == 0


def test_torch_leaves_the_weights_alone():
    layer = nn.Linear(4, 3)
    before = layer.weight.clone()
    initialise(nn.Sequential(layer), "torch", SHAPE)
    assert torch.equal(layer.weight, before)


# E f(z)² for a standard normal z, in closed form; tanh's and sigmoid's by SciPy's quad, to all digits shown.
MOMENTS = {
    **{"relu": 1 / 2, "identity": 1.0, "relu_squared": 3 / 2, "leaky_relu": (1 + 0.01**2) / 2},
    **{"sin": (1 - math.exp(-2)) / 2, "gaussian": 1 / math.sqrt(5), "lisht": None, "tanh": None, "sigmoid": None},
}


@pytest.mark.parametrize("name", MOMENTS)
def test_the_second_moment_is_that_of_the_integral(name):
    activation = activation_factory(name, 0.01)()
    (call,) = _calls(nn.Sequential(activation), (3, 2, 2))

    def integrand(z: float) -> float:
        value = activation(torch.tensor([[z]], dtype=torch.float64)).item()
        return value**2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    expected = MOMENTS[name] or quad(integrand, -12, 12, points=[0])[0]
    assert second_moment(call) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("per", ["layer", "channel"])
def test_a_learned_activation_has_a_second_moment_by_layer_and_by_channel(per):
    activation = activation_factory("swish_beta", 0.01, {"per": per})()
    activation(torch.zeros(2, 3, 2, 2))
    plain, learned = (_calls(nn.Sequential(one), (3, 2, 2))[0] for one in (nn.SiLU(), activation))
    assert second_moment(learned) == pytest.approx(second_moment(plain), rel=1e-6)


@pytest.mark.parametrize("name", ["relu", "tanh", "sin", "softplus", "smish"])
def test_matched_weights_keep_the_variance_through_many_layers(name):
    torch.manual_seed(0)
    layers = [layer for _ in range(8) for layer in (nn.Linear(500, 500), activation_factory(name, 0.01)())]
    network = nn.Sequential(nn.Flatten(), nn.Linear(400, 500), activation_factory(name, 0.01)(), *layers[:-1])
    initialise(network, "matched", SHAPE)
    outputs = network(torch.randn(500, *SHAPE))
    assert outputs.square().mean().item() == pytest.approx(1, abs=0.35)


def test_matched_is_he_for_relu():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(400, 300), nn.ReLU(), nn.Linear(300, 200))
    initialise(network, "matched", SHAPE)
    assert network[1].weight.std().item() == pytest.approx(math.sqrt(1 / 400), rel=0.01)
    assert network[3].weight.std().item() == pytest.approx(math.sqrt(2 / 300), rel=0.01)
    assert not network[3].bias.any()


def test_an_activation_without_a_second_moment_is_refused(monkeypatch):
    monkeypatch.setattr(activations, "_made", {FunctionActivation})
    network = nn.Sequential(nn.Flatten(), nn.Linear(400, 3), FunctionActivation(torch.zeros_like, {}), nn.Linear(3, 2))
    with pytest.raises(UserError, match=r"model\.init=matched: E f\(z\)² of 2 is 0\.0"):
        initialise(network, "matched", SHAPE)
