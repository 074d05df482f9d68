"""Which networks the page gets, and which are left out."""

from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mnist_exp.errors import UserError
from mnist_exp.models.activations import Identity
from mnist_exp.playground import networks
from mnist_exp.playground.networks import Selection, best_of_each, check_images
from mnist_exp.playground.samples import ImageSet
from tests.factories import record
from tests.playground.engine import arm_of, classifier, digits, run_of


def shown(runs):
    return {key.network: [(run.activation, run.seed) for run in best] for key, best in best_of_each(runs).items()}


def test_the_best_run_of_each_activation_is_shown():
    runs = [record("relu", 0, val=0.97), record("relu", 1, val=0.98), record("mish", 0, val=0.99)]
    runs += [record("tanh", val=0.9), record("relu", 0, model="mlp", val=0.95), record("relu", 2, val=None)]
    assert shown(runs) == {"cnn": [("mish", 0), ("relu", 1), ("tanh", 0)], "mlp": [("relu", 0)]}


def test_runs_on_different_data_are_different_networks():
    keys = [*best_of_each([record(data="mnist"), record(data="mnist5k"), record(data="mnist", model="mlp")])]
    assert [(key.network, key.images.split()[0]) for key in keys] == [
        ("cnn", "mnist"),
        ("mlp", "mnist"),
        ("cnn", "mnist5k"),
    ]


def test_an_arm_says_where_it_comes_from():
    arm = arm_of(classifier("model=mlp"))
    assert (arm.name, arm.colour, arm.seed, arm.val_acc, arm.test_acc) == ("relu", "#0072B2", 0, 0.9, 0.8)
    assert arm.command.startswith("python -m mnist_exp model.activation=relu")
    assert len(b64decode(arm.numbers)) == 2 * (784 * 100 + 100 * 10)
    assert arm.scale == pytest.approx([1 / (255 * 0.3081)], rel=1e-3)
    assert arm.offset == pytest.approx([0.1307 / 0.3081], rel=1e-3)
    assert arm.views is None


def test_views_are_named_only_where_they_are_used():
    assert arm_of(classifier("model=cnn_quick")).views is None
    views = arm_of(classifier("model=cnn_quick", "model.views=true")).views
    assert views.background == pytest.approx(-0.1307 / 0.3081, rel=1e-3)


@pytest.mark.parametrize("shape", [(1, 65, 65), (2, 28, 28), (3, 10, 65)])
def test_images_that_the_page_cannot_show_are_refused(shape):
    images = ImageSet("x", False, shape, ["a"], np.zeros((0, *shape), np.uint8), np.zeros(0), np.zeros(0))
    with pytest.raises(UserError, match=rf"takes images of {shape[1]}×{shape[2]} pixels and {shape[0]} channels"):
        check_images(images)


class Normalised(nn.Module):
    """A network with a layer that the page cannot run."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.norm, self.act, self.head = nn.Linear(784, 8), nn.LayerNorm(8), Identity(), nn.Linear(8, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.act(self.norm(self.hidden(images.flatten(1)))))


def test_a_network_that_the_page_cannot_run_is_named_and_the_others_stand(monkeypatch):
    models = {"relu": classifier("model=mlp"), "./x.py:Odd": classifier("model=mlp", network=Normalised())}
    monkeypatch.setattr(networks, "open_run", lambda run: run_of(models[run.activation]))
    runs = [replace(record("relu", data="mnist5k"), activation=name) for name in models]
    selection = Selection()
    selection.add("mlp", runs, digits())
    assert [(network.name, len(network.arms)) for network in selection.networks] == [("mlp", 1)]
    (text,) = selection.left_out
    assert text.startswith("mlp ./x.py:Odd: has a layer of type LayerNorm (norm), which the page cannot run: it is not")


def test_without_test_images_a_network_is_shown_all_the_same():
    shape = (1, 28, 28)
    empty = ImageSet("mnist5k", True, shape, ["0"], np.zeros((0, *shape), np.uint8), np.zeros(0, int), np.zeros(0, int))
    torch.manual_seed(0)
    assert len(arm_of(classifier("model=mlp"), empty).steps) == 4
