import numpy as np
import pytest
import torch
from scipy import stats
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from mnist_exp import registry
from mnist_exp.inspect import learned_layers
from mnist_exp.models.activations import activation_factory
from mnist_exp.models.learned_values import ParameterValue
from mnist_exp.runs.checkpoints import load_model
from mnist_exp.runs.learned import read_shapes
from mnist_exp.runs.measured_files import read_probes
from mnist_exp.training.probes import COLUMNS, Probe, activation_statistics, gradient_norms, metric_name
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


OWN = """
import torch
from torch import nn

class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.rand(1))
        self.parts = nn.Parameter(torch.tensor([1.0, 0.5]))

    def forward(self, x):
        return self.slope * x + self.parts[0] * torch.relu(x) + self.parts[1] * torch.sin(x)
"""


@pytest.fixture(scope="module")
def learned(plain, tmp_path_factory):
    """A run with a function of the user's own, prelu, and relu; drawn at its end."""
    folder = tmp_path_factory.mktemp("learned")
    (folder / "own.py").write_text(OWN)
    activations = f"model.activation=[{folder}/own.py:Own,prelu,relu]"
    overrides = [*QUICK, "model=mlp_deep", "model.hidden=[7,6,5]", "data.val_size=0", activations]
    (folder / "run").mkdir()
    run(plain(*overrides, "diagnostics.probe_every=50", "diagnostics.figures=true"), folder / "run", overrides)
    return folder / "run"


@pytest.mark.slow
def test_parameters_are_columns_that_end_at_those_of_the_last_epochs_checkpoint(learned):
    """Without validation images the checkpoint is that of the last epoch."""
    rows = read_probes(learned)
    parameters = ["learned_slope", "learned_parts[0]", "learned_parts[1]", "learned_a"]
    assert list(rows[0]) == [*COLUMNS, *parameters]
    steps = sorted({row["step"] for row in rows})
    first, second, third = ([row for row in rows if row["layer"] == f"dense{i}"] for i in (1, 2, 3))
    assert [row["step"] for row in first] == [row["step"] for row in second] == steps
    weights = load_model(learned).network.state_dict()
    stored = {name.rpartition(".")[2]: value for name, value in weights.items() if "weight" not in name}
    assert first[-1]["learned_slope"] == pytest.approx(stored["slope"].item())
    assert [first[-1][f"learned_parts[{i}]"] for i in (0, 1)] == pytest.approx(stored["parts"].tolist())
    assert second[-1]["learned_a"] == pytest.approx(stored["a"].item())
    assert (second[0]["learned_a"], first[0]["learned_parts[1]"], first[0]["learned_a"]) == (0.25, 0.5, None)
    assert {row[name] for row in third for name in parameters} == {None}


@pytest.mark.slow
def test_loggers_get_the_same_curves(learned):
    events = EventAccumulator(str(learned)).Reload()
    tags = [tag for tag in events.Tags()["scalars"] if tag.startswith("learned/")]
    assert sorted(tags) == ["learned/a/dense2", "learned/parts[0]/dense1", "learned/parts[1]/dense1",
                            "learned/slope/dense1"]  # fmt: skip
    stored = [row["learned_slope"] for row in read_probes(learned) if row["layer"] == "dense1"]
    assert [one.value for one in events.Scalars("learned/slope/dense1")] == pytest.approx(stored)


@pytest.mark.slow
def test_the_functions_at_the_start_and_at_the_end_follow_from_the_parameters(learned):
    shapes, rows = read_shapes(learned), read_probes(learned)
    assert list(shapes) == ["dense1", "dense2"]
    own = [row for row in rows if row["layer"] == "dense1"]
    for table, row in zip(shapes["dense1"], (own[0], own[-1]), strict=True):
        relu, sine = np.maximum(table.x, 0), np.sin(table.x)
        expected = row["learned_slope"] * table.x + row["learned_parts[0]"] * relu + row["learned_parts[1]"] * sine
        assert np.allclose(table.mean, expected, atol=1e-5)
    assert not np.allclose(shapes["dense2"].start.mean, shapes["dense2"].end.mean, atol=1e-3)


@pytest.mark.slow
def test_they_are_drawn_and_shown_in_tensorboard(learned):
    assert (learned / "figures" / "learned.png").exists()
    assert "learned" in EventAccumulator(str(learned)).Reload().Tags()["images"]
    assert list(learned_layers(learned)) == ["dense1", "dense2"]
    assert learned_layers(learned)["dense2"].parameters[0].startswith("a 0.25 → ")


def test_a_parameter_by_channel_has_mean_and_sd():
    values = {"a": ParameterValue(torch.tensor(0.5), torch.tensor(0.25)), "b": ParameterValue(torch.tensor(2.0), None)}
    (row,) = Probe(3, {"conv1": torch.tensor(1.0)}, {}, {"conv1": values}).rows()
    assert {name: row[name] for name in row if name not in COLUMNS} == {
        "learned_a": 0.5,
        "learned_b": 2.0,
        "sd_of_a": 0.25,
    }
    assert [metric_name(name, "conv1") for name in ("learned_a", "sd_of_a", "dead")] == [
        "learned/a/conv1",
        "learned/sd_of_a/conv1",
        "dead/conv1",
    ]
