"""Learned activations: their parameters, by layer and by channel."""

import numpy as np
import pytest
import torch
from scipy.optimize import least_squares
from torch import nn
from torch.nn import functional as F

from mnist_exp.activation_table import ACTIVATIONS
from mnist_exp.errors import UserError
from mnist_exp.models import learned_activations as learned
from mnist_exp.models.activations import activation_factory
from mnist_exp.models.layers import activation_parameters
from mnist_exp.training.build import build_classifier

NAMES = [name for name, row in ACTIVATIONS.items() if row.learned]
X = torch.linspace(-6, 6, 240, dtype=torch.float64).view(10, 4, 6, 1)


def test_exactly_the_learned_ones_have_parameters():
    assert len(NAMES) >= 6
    for name, row in ACTIVATIONS.items():
        assert bool(list(activation_factory(name, 0.01)().parameters())) == row.learned


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_gets_a_gradient(name):
    module = activation_factory(name, 0.01)()
    module(X.float()).square().sum().backward()
    moved = [parameter.grad is not None for parameter in module.parameters()]
    assert all(moved)
    assert sum(parameter.grad.abs().sum() > 0 for parameter in module.parameters()) >= len(moved) / 2


@pytest.mark.parametrize("name", NAMES)
def test_per_channel_begins_as_per_layer_and_has_one_number_per_channel(name):
    one, many = (activation_factory(name, 0.01, {"per": per})().double() for per in ("layer", "channel"))
    torch.testing.assert_close(one(X), many(X))
    assert {tuple(parameter.shape) for parameter in many.parameters()} == {(4,)}
    assert {tuple(parameter.shape) for parameter in one.parameters()} == {(1,)}


@pytest.mark.parametrize("name", NAMES)
def test_per_channel_each_channel_has_its_own_function(name):
    """Channel 2 alone changes when its parameters change."""
    module = activation_factory(name, 0.01, {"per": "channel"})().double()
    before = module(X)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter[2] += 0.3
    changed = (module(X) != before).any(dim=(0, 2, 3))
    assert changed.tolist() == [False, False, True, False]


def test_with_other_parameters_they_are_the_functions_of_the_papers():
    x = X.flatten()
    swish = learned.SwishBeta(beta=1.7).double()
    torch.testing.assert_close(swish(x), x / (1 + torch.exp(-swish.beta * x)))
    snake = learned.Snake(a=-0.6).double()
    torch.testing.assert_close(snake(x), x + torch.sin(snake.a * x) ** 2 / snake.a)
    acon = learned.AconC(p=1.2, q=-0.8, beta=0.5).double()
    p, q, beta = acon.p, acon.q, acon.beta
    torch.testing.assert_close(acon(x), (p - q) * x * torch.sigmoid(beta * (p - q) * x) + q * x)


def test_acon_c_is_the_maximum_of_two_lines_for_a_large_beta():
    x = X.flatten()
    acon = learned.AconC(p=1.2, q=-0.8, beta=1e4).double()
    torch.testing.assert_close(acon(x), torch.maximum(acon.p * x, acon.q * x), rtol=0, atol=1e-4)


def test_snake_with_a_0_is_the_identity():
    module = learned.Snake(a=0.0)
    x = X.float().requires_grad_()
    y = module(x)
    torch.testing.assert_close(y, x)
    y.sum().backward()
    assert torch.isfinite(module.a.grad).all()
    torch.testing.assert_close(module.a.grad, x.detach().square().sum().view(1))  # the limit of its derivative in a


def test_star_relu_has_mean_0_and_variance_1_for_normal_inputs():
    """Yu et al. 2022: that is how its first parameters are chosen."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    values = learned.StarRelu().double()(torch.tensor(nodes)).detach().numpy()
    mean = weights @ values / weights.sum()
    variance = weights @ (values - mean) ** 2 / weights.sum()
    assert mean == pytest.approx(0, abs=2e-3)
    assert variance == pytest.approx(1, abs=2e-3)


def test_the_rational_function_at_first_is_the_closest_to_leaky_relu():
    x = np.linspace(-3, 3, 601)
    wanted = np.where(x > 0, x, 0.01 * x)

    def error(c):
        return np.polyval(c[:6], x) / (1 + np.abs(x * np.polyval(c[6:], x))) - wanted

    fitted = least_squares(error, [0, 0, 0, 0.5, 0.5, 0, 0, 0, 0.5, 0], xtol=1e-12, ftol=1e-12, gtol=1e-12).fun
    ours = learned.Rational().double()(torch.tensor(x)).detach().numpy() - wanted
    assert np.sqrt(np.mean(ours**2)) == pytest.approx(np.sqrt(np.mean(fitted**2)), rel=1e-3)
    assert np.abs(ours).max() < 0.04


@pytest.mark.parametrize("per", ["layer", "channel"])
@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_networks_have_them_in_every_layer(plain, model, per):
    config = plain(f"model={model}")
    config.model.activation, config.model.activation_options = "swish_beta", {"per": per}
    parameters = activation_parameters(build_classifier(config).network)
    widths = {"mlp": [100], "cnn": [32, 64, 128]}[model]
    assert [parameter.numel() for parameter in parameters] == (widths if per == "channel" else [1] * len(widths))


def test_an_unknown_sharing_is_refused():
    with pytest.raises(UserError, match="must be layer or channel"):
        activation_factory("prelu", 0.01, {"per": "unit"})()


def test_their_parameters_alone_have_no_weight_decay(plain):
    for optimizer in ("sgd", "adam", "adamw", "muon"):
        config = plain("model=mlp_deep", f"optimizer={optimizer}", "optimizer.weight_decay=0.5")
        config.model.activation = "prelu"
        module = build_classifier(config)
        learnt = {id(parameter) for parameter in activation_parameters(module.network)}
        for group in module.optimizer_and_schedule(10)["optimizer"].param_groups:
            ids = {id(parameter) for parameter in group["params"]}
            assert ids <= learnt if group["weight_decay"] == 0 else not ids & learnt
        assert len(learnt) == 3


def test_prelu_is_pytorchs():
    x = torch.randn(5, 3, 2, 2)
    theirs, ours = nn.PReLU(3), learned.PRelu(per="channel")
    torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(F.prelu(x, theirs.weight), ours(x))
