"""Which networks the page gets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor, nn

from mnist_exp.errors import UserError
from mnist_exp.playground.networks import best_of_each, check_images, make_arm
from mnist_exp.playground.samples import ImageSet, balanced
from tests.factories import record
from tests.playground.engine import classifier, digits, run_of


def test_each_activation_is_shown_with_its_best_seed_by_validation():
    runs = [record("relu", 0, val=0.90), record("relu", 1, val=0.92), record("mish", 0, val=0.91)]
    ((key, best),) = best_of_each(runs).items()
    assert key.network == "cnn"
    assert [(run.activation, run.seed) for run in best] == [("relu", 1), ("mish", 0)]


def test_networks_are_in_natural_order_and_apart_by_data():
    runs = [record(model=model, data=data) for data in ("mnist", "emnist_letters") for model in ("mlp", "cnn")]
    keys = [(key.images.split()[0], key.network) for key in best_of_each(runs)]
    assert keys == [("mnist", "cnn"), ("mnist", "mlp"), ("emnist_letters", "cnn"), ("emnist_letters", "mlp")]


def test_a_run_without_validation_is_shown_too():
    ((_, best),) = best_of_each([record("relu", 0, val=None), record("mish", 0)]).items()
    assert [run.activation for run in best] == ["mish", "relu"]


@pytest.mark.parametrize("shape", [(2, 28, 28), (1, 65, 28), (3, 28, 65)])
def test_images_that_the_page_cannot_show_are_refused(shape):
    images = replace(digits(1), shape=shape)
    with pytest.raises(UserError, match=f"{shape[1]}×{shape[2]} pixels and {shape[0]} channels"):
        check_images(images)


def test_test_pictures_are_of_all_classes_in_turn():
    labels = np.array([1, 1, 0, 2, 1, 0])
    assert balanced(labels, 4).tolist() == [2, 0, 3, 5]  # the first 0, 1 and 2, then the second 0


class Sorted(nn.Module):
    """A layer that the page does not know."""

    def forward(self, numbers: Tensor) -> Tensor:
        return numbers.sort(dim=1).values


def test_a_network_with_an_unknown_layer_is_refused_by_name():
    network = nn.Sequential()
    network.add_module("flatten", nn.Flatten())
    network.add_module("in_order", Sorted())
    network.add_module("logits", nn.Linear(784, 10))
    with pytest.raises(UserError, match="in_order"):
        make_arm(run_of(classifier("model=cnn", network=network)), digits(20))


class Centred(nn.Module):
    """An activation that looks at all units of a layer."""

    def forward(self, numbers: Tensor) -> Tensor:
        return numbers - numbers.mean(1, keepdim=True)


def test_an_activation_of_more_than_one_number_is_refused():
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 20), Centred(), nn.Linear(20, 10))
    with pytest.raises(UserError):
        make_arm(run_of(classifier("model=cnn", network=network)), digits(20))


def test_a_data_set_without_test_images_has_none_to_pick(tmp_path: Path):
    missing = record()
    missing = replace(
        missing, config=replace(missing.config, data=replace(missing.config.data, root=str(tmp_path), fallback=False))
    )
    images = ImageSet.of(missing)
    assert images.drawable
    assert len(images.labels) == 0
