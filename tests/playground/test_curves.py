"""Activations as tables."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mnist_exp import registry
from mnist_exp.models.activations import FunctionActivation, activation_factory
from mnist_exp.playground.curves import LARGEST_TABLE, Curves
from mnist_exp.playground.recorder import Call, UnsupportedLayerError

RANGE = -21.3, 34.0


def call_of(layer: nn.Module, shape: tuple[int, ...] = (2, 3, 4, 5)) -> Call:
    inputs = torch.zeros(shape)
    return Call("act", layer, "", (), {}, [-1], inputs, inputs, layer)


def function(of) -> Call:
    return call_of(FunctionActivation(of, {}))


def largest_error(layer: nn.Module) -> float:
    curves = Curves(*RANGE)
    index, per_channel = curves.add(call_of(layer))
    assert (index, per_channel, len(curves.curves)) == (0, False, 1)
    inputs = torch.from_numpy(np.random.default_rng(1).uniform(*RANGE, 200_000)).double()
    with torch.no_grad():
        expected = layer.double()(inputs).numpy()
    errors = np.abs(curves.curves[0](inputs.numpy()) - expected) / np.maximum(1, np.abs(expected) / 100)
    return float(errors.max())


@pytest.mark.parametrize("name", registry.names("activation"))
def test_every_activation_is_within_a_ten_thousandth_of_its_table(name):
    assert largest_error(activation_factory(name, 0.01)().eval()) <= 1e-4


@pytest.mark.parametrize(
    "layer",
    [nn.Hardtanh(-0.7234, 0.3111), nn.Softshrink(0.4321), nn.LogSigmoid(), nn.ReLU6(), nn.Tanhshrink(), nn.CELU(1.3)],
    ids=lambda layer: type(layer).__name__,
)
def test_bends_at_any_input_are_found(layer):
    assert largest_error(layer) <= 1e-4


def test_a_table_goes_on_as_a_straight_line():
    curves = Curves(-1, 1)
    curves.add(call_of(nn.LeakyReLU(0.25)))
    assert curves.curves[0](np.array([-400.0, 400.0])) == pytest.approx([-100, 400])


def test_the_range_is_wider_than_that_of_the_inputs():
    curves = Curves(*RANGE)
    curves.add(call_of(nn.Tanh()))
    (curve,) = curves.curves
    assert curve.low <= RANGE[0] - 0.2 * (RANGE[1] - RANGE[0])
    assert curve.low + curve.step * (len(curve.values) - 1) >= RANGE[1] + 0.2 * (RANGE[1] - RANGE[0])


def test_equal_functions_share_a_table_and_others_do_not():
    curves = Curves(-1, 1)
    layers = [nn.ReLU(), nn.ReLU(inplace=True), nn.LeakyReLU(0.01), nn.ReLU(), nn.LeakyReLU(0.02)]
    assert [curves.add(call_of(layer))[0] for layer in layers] == [0, 0, 1, 0, 2]


def test_learned_parameters_of_channels_make_a_table_for_each():
    layer = nn.PReLU(3)
    layer.weight.data = torch.tensor([0.1, 0.2, 0.3])
    curves = Curves(-1, 1)
    assert curves.add(call_of(layer)) == (0, True)
    assert [curve(np.array(-2.0)).item() for curve in curves.curves] == pytest.approx([-0.2, -0.4, -0.6])


class BentByChannel(nn.Module):
    """So many different smooth functions that their tables would be too large."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x * (1 + torch.arange(x.shape[1]).reshape(-1, *[1] * (x.dim() - 2))))


def noise(x: Tensor) -> Tensor:
    return x + torch.rand_like(x)


REFUSED = {
    "softmax": (function(lambda x: x.softmax(1)), "not a function of the number at the same place"),
    "normalised": (function(lambda x: x - x.mean((2, 3), keepdim=True)), "not a function of the number"),
    "shifted": (function(lambda x: x.roll(1, -1)), "not a function of the number"),
    "noise": (function(noise), "not a function of the number"),
    "place": (function(lambda x: x * torch.linspace(0, 1, x.shape[-1])), "not a function of the number"),
    "a step": (function(lambda x: (x > 0.1).float() + 0 * x), "not continuous"),
    "another shape": (function(lambda x: x.sum(1)), "not a function of the number"),
    "an error": (function(lambda x: x.reshape(2, 3, 4, 5).relu()), "cannot be applied to other inputs"),
    "many channels": (
        call_of(BentByChannel(), (2, 64, 4, 4)),
        "its curves, one for each of 64 channels, are too large",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_curve_is_refused_with_the_reason(name):
    call, reason = REFUSED[name]
    with pytest.raises(UnsupportedLayerError, match=rf"has a layer of type .* \(act\).*: .*{reason}"):
        Curves(-1, 1).add(call)


def test_tables_have_a_limit():
    curves = Curves(-1e6, 1e6)
    curves.add(call_of(nn.ReLU()))
    assert len(curves.curves[0].values) <= LARGEST_TABLE + 1


def test_a_bend_between_two_inputs_needs_no_finer_table():
    curves = Curves(-8, 8)
    curves.add(call_of(nn.Hardtanh(-0.7234, 0.3111)))
    (curve,) = curves.curves
    assert [bend.at for bend in curve.bends] == pytest.approx([-0.7234, 0.3111], abs=1e-4)
    assert len(curve.values) < 500
