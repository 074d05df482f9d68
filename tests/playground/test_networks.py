from base64 import b64decode
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from mnist_exp.playground.networks import Looked, best_of_each, inside, look
from mnist_exp.runs.run_selection import TrainedRun, open_best
from mnist_exp.training.build import build_classifier
from tests.digits.strokes import draw
from tests.study.test_cells import result


def network(*layers):
    sequential = nn.Sequential()
    for name, layer in layers:
        sequential.add_module(name, layer)
    return SimpleNamespace(model=SimpleNamespace(network=sequential))


def linear(weights):
    layer = nn.Linear(len(weights[0]), len(weights), bias=False)
    layer.weight.data = torch.tensor(weights, dtype=torch.float32)
    return layer


def test_silent_units_of_a_worked_example():
    """Pixels 3 and 1; four units give 3, -2, 4 and 0: relu is silent in the second (slope 0) and the last."""
    layers = [("flatten", nn.Flatten()), ("dense1", linear([[1, 0], [-1, 1], [1, 1], [0, 0]]))]
    tail = ("logits", linear([[1] * 4] * 10))
    pixels = np.array([[3, 1]], dtype=np.float32)
    looked = look(network(*layers, ("dense1_act", nn.ReLU()), tail), pixels)
    assert looked.layers["dense1"][0].tolist() == [3, 0, 4, 0]
    assert looked.layers["dense1"][1].tolist() == [False, True, False, True]
    assert looked.silent == 0.5
    assert looked.probabilities == pytest.approx([0.1] * 10)
    leaky = look(network(*layers, ("dense1_act", nn.LeakyReLU(0.01)), tail), pixels)
    assert leaky.silent == 0.25  # the last alone: its value is zero


def test_a_channel_is_silent_if_it_is_so_everywhere():
    values = torch.tensor([[[0.0, 1.0]], [[0.0, 0.0]]])  # two channels of 1×2
    looked = Looked([0.1] * 10, {"conv1": (values, values == 0)})
    assert looked.silent == 0.5
    (told,) = inside(looked)
    assert (told["silent"], told["units"], told["places"]) == ([1], 2, 0.75)
    assert (told["high"], told["wide"], told["range"]) == (1, 2, [0, 1])
    assert list(b64decode(told["maps"])) == [0, 255, 0, 0]


def test_a_network_without_hidden_units_has_none_that_are_silent():
    assert Looked([0.1] * 10, {}).silent is None


def test_what_is_looked_at_is_what_the_network_answers(readers):
    arm = open_best(readers / "mish")
    image = np.ascontiguousarray(draw(3, 22)[::10, ::10])
    looked = look(arm, image)
    assert looked.probabilities == pytest.approx(arm.probabilities(image[None])[0].tolist(), abs=1e-5)
    seen = arm.model.intermediates(torch.from_numpy(image)[None, None], ["conv1_act", "conv2_act", "dense1_act"])
    for name, (values, _) in looked.layers.items():
        assert torch.equal(values, seen[f"{name}_act"][0])
    assert [told["name"] for told in inside(looked)] == ["conv1", "conv2", "dense1"]


def test_of_each_activation_the_best_run_is_shown():
    runs = [
        result("relu", 0, val=0.97),
        result("relu", 1, val=0.98),
        result("mish", 0, val=0.99),
        result("tanh", val=0.9),
    ]
    runs += [result("relu", 0, model="mlp", val=0.95), result("relu", 2, status="ok", val=None)]
    shown = {name: [(r["activation"], r["seed"]) for r in best] for name, best in best_of_each(runs).items()}
    assert shown == {"cnn": [("mish", 0), ("relu", 1), ("tanh", 0)], "mlp": [("relu", 0)]}


def test_runs_on_different_data_stand_apart():
    assert set(best_of_each([result(data="mnist"), result(data="mnist5k")])) == {"cnn on mnist", "cnn on mnist5k"}


def test_a_network_that_looks_at_several_views_answers_as_elsewhere(plain, tmp_path):
    torch.manual_seed(0)
    arm = TrainedRun(tmp_path, {}, build_classifier(plain("model=cnn_quick", "model.views=true")).eval())
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    assert look(arm, pixels).probabilities == pytest.approx(arm.probabilities(pixels[None])[0].tolist(), abs=1e-5)
    alone = arm.model.intermediates(torch.from_numpy(pixels)[None, None], ["logits"])["logits"].softmax(1)[0]
    assert look(arm, pixels).probabilities != pytest.approx(alone.tolist(), abs=1e-5)
