import numpy as np
import pytest
import torch

from mnist_exp.data import source
from mnist_exp.data.module import Batches, MNISTDataModule, Rounds
from tests.conftest import full_mnist


@pytest.fixture
def module(plain):
    def make(*overrides: str, **changed) -> MNISTDataModule:
        from mnist_exp.training.run import make_data

        config = plain(*overrides)
        data = make_data(config["data"] | changed, config["seed"], config["look"]["test_each_epoch"])
        data.setup()
        return data

    return make


def first(data):
    """The first batch to train on."""
    return next(iter(next(iter(data.train_dataloader()))))


def test_rounds_are_the_batches_in_their_order_several_at_a_time(monkeypatch):
    monkeypatch.setattr("mnist_exp.data.module.ROUND", 3)
    batches = Batches(torch.arange(40).view(40, 1, 1, 1), torch.arange(40), 4)
    rounds = Rounds(batches)
    seen = [[labels.tolist() for _, labels in some] for some in rounds]
    assert [len(some) for some in seen] == [3, 3, 3, 1]
    assert len(rounds) == 4
    assert [label for some in seen for labels in some for label in labels] == list(range(40))


def test_batches_cover_the_set_once_each_epoch_in_a_fresh_order():
    images = torch.arange(10, dtype=torch.uint8).view(10, 1, 1, 1)
    batches = Batches(images, torch.arange(10), 4, seed=0)
    first, second = ([int(label) for _, labels in batches for label in labels] for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert [len(labels) for _, labels in batches] == [4, 4, 2]
    assert len(batches) == 3


def test_images_keep_their_labels():
    batches = Batches(torch.arange(10, dtype=torch.uint8).view(10, 1, 1, 1), torch.arange(10), 3, seed=1)
    assert all((images.flatten() == labels).all() for images, labels in batches)


def test_without_a_seed_the_order_is_the_sets_own():
    batches = Batches(torch.zeros(5, 1, 1, 1), torch.arange(5), 2)
    assert torch.cat([labels for _, labels in batches]).tolist() == [0, 1, 2, 3, 4]


def test_batch_order_depends_on_the_seed_alone_and_the_split_does_not(module):
    def order(data):
        return torch.cat([labels for batches in data.train_dataloader() for _, labels in batches]).tolist()

    a, b, other = (module("data=mnist5k", f"seed={seed}") for seed in (1, 1, 2))
    shifted = module("data=mnist5k", "seed=1", "data.augment.shift=2")
    assert order(a) == order(b) == order(shifted)
    assert order(a) != order(other)
    assert np.array_equal(a.val.images, other.val.images)


def test_mnist5k_is_split_as_the_design_says(module):
    data = module("data=mnist5k")
    assert [len(part.labels) for part in (data.train, data.val, data.test)] == [3500, 500, 1000]
    assert np.bincount(data.val.labels).tolist() == [50] * 10


def test_batches_are_raw_pixels(module):
    images, labels = first(module("data=mnist5k"))
    assert (images.shape, images.dtype, labels.dtype) == ((128, 1, 28, 28), torch.uint8, torch.int64)
    assert images.max() == 255


def test_augmentation_touches_training_alone(module):
    plain, shifted = module("data=mnist5k"), module("data=mnist5k", "data.augment.shift=3")
    assert not torch.equal(first(plain)[0], first(shifted)[0])
    for before, after in zip(plain.val_dataloader(), shifted.val_dataloader(), strict=True):
        assert torch.equal(before.images, after.images)
    assert torch.equal(next(iter(plain.test_dataloader()))[0], next(iter(shifted.test_dataloader()))[0])


def test_the_test_set_is_watched_if_asked_for_beside_the_validation_set_or_alone(module):
    both = module("data=mnist5k", "diagnostics.test_each_epoch=true")
    assert both.watched == ["val", "test"]
    assert [len(loader.labels) for loader in both.val_dataloader()] == [500, 1000]
    alone = module("data=mnist5k", "diagnostics.test_each_epoch=true", "data.val_size=0")
    assert (alone.watched, [len(loader.labels) for loader in alone.val_dataloader()]) == (["test"], [1000])


def test_no_validation_set_trains_on_everything(module, tiny_root):
    source.load.cache_clear()
    data = module("data.val_size=0", "data.batch_size=8", root=str(tiny_root))
    assert (len(data.train.labels), data.val_dataloader()) == (40, [])
    source.load.cache_clear()


@full_mnist
def test_full_mnist_is_split_as_the_design_says(module):
    data = module()
    assert [len(part.labels) for part in (data.train, data.val, data.test)] == [55_000, 5_000, 10_000]
    parts = [{image.tobytes() for image in part.images} for part in (data.train, data.val, data.test)]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    shares = [np.bincount(part.labels) / len(part.labels) for part in (data.train, data.val)]
    assert np.abs(shares[0] - shares[1]).max() < 1 / 5_000
