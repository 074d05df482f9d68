"""Parameters of activations as numbers, and functions as tables, against NumPy and closed forms."""

import numpy as np
import pytest
import torch
from torch import nn

from mnist_exp.models.activations import activation_factory
from mnist_exp.models.learned_values import LIMIT, MOST_VALUES, function_table, is_learned, parameter_values

UNITS = 6


class Own(nn.Module):
    """One parameter of each form, and one that is not trained."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.by_channel = nn.Parameter(torch.arange(float(UNITS)).view(1, UNITS, 1, 1))
        self.vector = nn.Parameter(torch.tensor([0.5, -0.5, 3.0]))
        self.table = nn.Parameter(torch.arange(2.0 * UNITS).view(2, UNITS))
        self.large = nn.Parameter(torch.arange(MOST_VALUES + 1.0))
        self.fixed = nn.Parameter(torch.tensor(1.0), requires_grad=False)


def test_every_form_of_a_parameter_has_its_numbers():
    found = parameter_values(Own(), UNITS)
    numbers = {
        name: (value.mean.item(), None if value.sd is None else value.sd.item()) for name, value in found.items()
    }
    channels, many = np.arange(UNITS), np.arange(MOST_VALUES + 1)
    expected = {
        "scale": (2.0, None),
        "by_channel": (channels.mean(), channels.std()),
        **{"vector[0]": (0.5, None), "vector[1]": (-0.5, None), "vector[2]": (3.0, None)},
        **{"table[0]": (channels.mean(), channels.std()), "table[1]": (channels.mean() + UNITS, channels.std())},
        "large": (many.mean(), many.std()),
    }
    assert list(numbers) == list(expected)
    for name, (mean, sd) in expected.items():
        assert numbers[name] == (pytest.approx(mean), sd if sd is None else pytest.approx(sd)), name


def test_a_module_of_pytorch_is_learned_and_a_fixed_function_is_not():
    assert is_learned(nn.PReLU(UNITS))
    assert list(parameter_values(nn.PReLU(UNITS), UNITS)) == ["weight"]
    assert not is_learned(nn.ReLU())


@pytest.mark.parametrize("shape", [(UNITS,), (UNITS, 3, 2)])
@pytest.mark.parametrize("own", [True, False])
def test_the_table_of_prelu_is_its_closed_form(own, shape):
    slopes = torch.linspace(-0.3, 0.7, UNITS)
    activation = activation_factory("prelu", 0, {"per": "channel"})() if own else nn.PReLU(UNITS)
    activation(torch.zeros(1, *shape))  # gives parameters their size
    with torch.no_grad():
        next(activation.parameters()).copy_(slopes)
    x, mean, low, high = function_table(activation, shape).numpy().T
    assert (x[0], x[-1], 0.0 in x) == (-LIMIT, LIMIT, True)
    by_channel = np.where(x > 0, x, slopes.numpy()[:, None] * x)
    for found, expected in ((mean, by_channel.mean(0)), (low, by_channel.min(0)), (high, by_channel.max(0))):
        assert np.allclose(found, expected, atol=1e-6)


def test_what_is_no_function_of_one_number_has_no_table():
    class Pairs(nn.Linear):
        def forward(self, x):
            return super().forward(x).repeat(1, 2)

    assert function_table(Pairs(UNITS, UNITS), (UNITS,)) is None
