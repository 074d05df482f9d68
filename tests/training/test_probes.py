import pytest
import torch
from scipy import stats
from torch import nn

from mnist_exp import registry
from mnist_exp.models.activations import activation_factory
from mnist_exp.runs.measured_files import read_probes
from mnist_exp.training.probes import COLUMNS, activation_statistics, gradient_norms
from mnist_exp.training.run import run
from tests.conftest import QUICK


def statistics(activation, inputs):
    return dict(zip(COLUMNS[3:], activation_statistics(activation, inputs).tolist(), strict=True))


def test_mean_and_sd_are_those_of_the_values():
    seen = statistics(nn.ReLU(), torch.tensor([[-1.0, 1.0], [-2.0, 3.0]]))
    values = torch.tensor([0.0, 1.0, 0.0, 3.0])
    assert (seen["activation_mean"], seen["activation_sd"]) == pytest.approx(
        (values.mean().item(), values.std().item())
    )


def test_the_kurtosis_is_that_of_scipy():
    values = torch.rand(50, 4, generator=torch.Generator().manual_seed(0)) ** 3 - 0.2
    expected = stats.kurtosis(values.numpy(), axis=None, fisher=False)
    assert statistics(nn.Identity(), values)["activation_kurtosis"] == pytest.approx(expected, rel=1e-4)


def test_a_unit_is_dead_if_no_image_activates_it():
    """Of three ReLU units one never fires, one always, one on one image of four: 8 + 3 − 3 = 7 of 12 are saturated."""
    seen = statistics(nn.ReLU(), torch.tensor([[-1.0, 1, -1], [-1, 1, 1], [-1, 1, -1], [-1, 1, -1]]))
    assert seen["dead"] == pytest.approx(1 / 3)
    assert seen["saturated"] == pytest.approx(7 / 12)


def test_a_channel_is_one_unit():
    inputs = torch.full((2, 3, 4, 4), -1.0)
    inputs[1, 2, 3, 3] = 1.0
    assert statistics(nn.ReLU(), inputs)["dead"] == pytest.approx(2 / 3)


# Dead and saturated at ±30 and at ±3, by the definitions: relu and hard_swish die on the left exactly, the smooth ones
# because nothing of value or gradient is left there; leaky_relu and identity never.
EXPECTED = {
    **{"sigmoid": ("dead", "dead", 0, 0), "tanh": ("dead", "dead", 1, 1), "relu": ("dead", "", 1, 0)},
    **{"leaky_relu": ("", "", 0, 0), "swish": ("dead", "", 0, 0), "mish": ("dead", "", 0, 0)},
    **{"gelu": ("dead", "", 0, 0), "elu": ("dead", "", 0, 0), "selu": ("dead", "", 0, 0)},
    **{"hard_swish": ("dead", "", 1, 0), "softplus": ("dead", "", 0, 0), "identity": ("", "", 0, 0)},
    **{"relu6": ("dead", "dead", 1, 0), "rrelu": ("", "", 0, 0), "celu": ("dead", "", 0, 0)},
    **{"softsign": ("", "", 0, 0), "hard_tanh": ("dead", "dead", 1, 1), "hard_sigmoid": ("dead", "dead", 1, 1)},
    **{"tanhshrink": ("", "", 0, 0), "gelu_tanh": ("dead", "", 0, 0), "quick_gelu": ("dead", "", 0, 0)},
    **{"squareplus": ("", "", 0, 0), "relu_squared": ("dead", "", 1, 0), "sin": ("", "", 0, 0)},
    **{"gaussian": ("dead", "dead", 1, 1), "arctan": ("", "", 0, 0), "bent_identity": ("", "", 0, 0)},
    **{"tanh_exp": ("dead", "", 0, 0), "logish": ("dead", "", 0, 0), "serf": ("dead", "", 0, 0)},
    **{"smish": ("dead", "", 0, 0), "phish": ("dead", "", 0, 0), "lisht": ("", "", 0, 0)},
    **{"aria2": ("dead", "", 1, 0), "prelu": ("", "", 0, 0), "swish_beta": ("dead", "", 0, 0)},
    **{"snake": ("", "", 0, 0), "star_relu": ("dead", "", 1, 0), "acon_c": ("dead", "", 0, 0)},
    "rational": ("", "", 0, 0),
}


@pytest.mark.parametrize("name", registry.names("activation"))
def test_dead_and_saturated_mean_the_same_for_every_activation(name):
    def at(z):
        return statistics(activation_factory(name, 0.01)(), torch.full((2, 1), z))

    left, right, low, high = EXPECTED[name]
    assert (at(-30.0)["dead"], at(30.0)["dead"]) == (left == "dead", right == "dead")
    assert (at(-3.05)["saturated"], at(3.05)["saturated"]) == (low, high)


def test_gradient_norms_are_those_of_each_layers_weights():
    network = nn.Sequential()
    network.add_module("dense1", nn.Linear(2, 1, bias=False))
    network.add_module("dense1_act", nn.ReLU())
    nn.init.constant_(network[0].weight, 1.0)
    network(torch.tensor([[3.0, 4.0]])).sum().backward()
    assert gradient_norms(network, 1.0) == {"dense1": 5.0}
    assert gradient_norms(network, 10.0) == {"dense1": 0.5}  # loss scaled by ten


@pytest.mark.slow
def test_probes_are_written_and_change_no_number(plain, tmp_path):
    overrides = [
        *QUICK,
        "model=cnn",
        "model.channels=[2,3]",
        "model.hidden=[5]",
        "model.dropout=0.5",
        "model.batch_norm=true",
    ]
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    with_probes = run(plain(*overrides, "diagnostics.probe_every=10"), tmp_path / "with", overrides)
    without_probes = run(plain(*overrides, "diagnostics.probe_every=0"), tmp_path / "without", overrides)
    assert (with_probes.test_loss, with_probes.train_loss, with_probes.key) == (
        without_probes.test_loss,
        without_probes.train_loss,
        without_probes.key,
    )
    rows = read_probes(tmp_path / "with")
    assert sorted({row["step"] for row in rows}) == [0, 10, 20, 28]  # and as training leaves it
    assert list(dict.fromkeys(row["layer"] for row in rows)) == ["conv1", "conv2", "dense1", "logits"]
    assert all(row["gradient_norm"] > 0 for row in rows if row["step"] < 28)
    assert all(row["gradient_norm"] is None for row in rows if row["step"] == 28)
    assert all((row["activation_sd"] is None) == (row["layer"] == "logits") for row in rows)
    assert read_probes(tmp_path / "without") == []
