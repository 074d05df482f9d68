from dataclasses import replace

import lightning.pytorch as pl
import numpy as np
import pytest
import torch

from mnist_exp.config.schema import OwnDataConfig
from mnist_exp.data.module import Batches, MNISTDataModule
from tests.data.synthetic_files import arrays


@pytest.fixture
def module(plain):
    """Builds the DataModule of a configuration, already set up."""

    def build(*overrides: str, **changed) -> MNISTDataModule:
        config = plain(*overrides)
        settings = {key: getattr(config.data, key) for key in ("name", "root", "batch_size", "eval_batch_size")}
        settings |= {"val_size": config.data.val_size, "split_seed": config.data.split_seed, "seed": config.seed}
        settings |= vars(config.data.augment) | {"test_each_epoch": config.diagnostics.test_each_epoch} | changed
        data = MNISTDataModule(**settings)
        data.setup()
        return data

    return build


def first_batch(data):
    return next(iter(data.train_dataloader()))


def test_batches_cover_the_set_once_per_epoch_in_a_new_order():
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


def test_without_a_seed_the_order_is_that_of_the_set():
    batches = Batches(torch.zeros(5, 1, 1, 1), torch.arange(5), 2)
    assert torch.cat([labels for _, labels in batches]).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.slow
def test_batch_order_depends_on_the_seed_alone_and_the_split_does_not(module):
    def order(data):
        return torch.cat([labels for _, labels in data.train_dataloader()]).tolist()

    a, b, other = (module("data=mnist5k", f"seed={seed}") for seed in (1, 1, 2))
    shifted = module("data=mnist5k", "seed=1", "data.augment.shift=2")
    assert order(a) == order(b) == order(shifted)
    assert order(a) != order(other)
    assert np.array_equal(a.val.images, other.val.images)


def test_order_and_augmentation_have_seeds_of_their_own(plain):
    def epoch(*overrides):
        """The labels in their order, and the angles that the first batch is rotated by."""
        data = MNISTDataModule.from_config(plain("data=mnist5k", "data.augment.rotation=20", *overrides))
        data.setup()
        angles = data.warp.make_params([torch.zeros(8, 1, 28, 28)])["angle"].tolist()
        return torch.cat([labels for _, labels in data.train_dataloader()]).tolist(), angles

    order, angles = epoch("seed=1")
    assert epoch("seed=1", "seeds.order=1", "seeds.noise=1", "seeds.weights=2") == (order, angles)
    other_order, same_angles = epoch("seed=1", "seeds.order=2")
    same_order, other_angles = epoch("seed=1", "seeds.noise=2")
    assert (same_order, same_angles) == (order, angles)
    assert other_order != order
    assert other_angles != angles
    assert epoch("seed=2") == (other_order, other_angles)


def test_mnist5k_is_split_as_the_design_says(module):
    data = module("data=mnist5k")
    assert [len(part.labels) for part in (data.train, data.val, data.test)] == [3500, 500, 1000]
    assert np.bincount(data.val.labels).tolist() == [50] * 10


def test_shape_classes_and_steps_describe_the_data(module):
    data = module("data=mnist5k", "data.batch_size=128")
    assert (data.input_shape, data.num_classes) == ((1, 28, 28), 10)
    assert data.steps_per_epoch == len(data.train_dataloader()) == 28  # 3,500 / 128, rounded up


def test_batches_are_raw_pixels(module):
    images, labels = first_batch(module("data=mnist5k"))
    assert (images.shape, images.dtype, labels.dtype) == ((128, 1, 28, 28), torch.uint8, torch.int64)
    assert images.max() == 255


def test_augmentation_changes_training_images_only(module):
    unchanged, shifted = module("data=mnist5k"), module("data=mnist5k", "data.augment.shift=3")
    assert not torch.equal(first_batch(unchanged)[0], first_batch(shifted)[0])
    for before, after in zip(unchanged.val_dataloader(), shifted.val_dataloader(), strict=True):
        assert torch.equal(before.images, after.images)
    assert torch.equal(next(iter(unchanged.test_dataloader()))[0], next(iter(shifted.test_dataloader()))[0])


@pytest.mark.slow
def test_the_test_set_can_be_measured_each_epoch_with_or_without_a_validation_set(module):
    both = module("data=mnist5k", "diagnostics.test_each_epoch=true")
    assert both.val_names == ["val", "test"]
    assert [len(loader.labels) for loader in both.val_dataloader()] == [500, 1000]
    alone = module("data=mnist5k", "diagnostics.test_each_epoch=true", "data.val_size=0")
    assert (alone.val_names, [len(loader.labels) for loader in alone.val_dataloader()]) == (["test"], [1000])


def test_without_a_validation_set_everything_is_trained_on(module, tiny_root):
    data = module("data.val_size=0", "data.batch_size=8", root=str(tiny_root))
    assert (len(data.train.labels), data.val_dataloader()) == (40, [])


def test_the_generators_continue_from_their_saved_states(module):
    def epoch(batches):
        return [tensor for batch in batches for tensor in batch]

    augmented = ("data=mnist5k", "data.augment.shift=2", "data.val_size=3500")
    straight, resumed = module(*augmented), module(*augmented)
    assert list(module("data=mnist5k").state_dict()) == []
    batches = straight.train_dataloader()
    epoch(batches)
    resumed.load_state_dict({name: state.clone() for name, state in straight.state_dict().items()})
    second = epoch(batches)
    assert all(torch.equal(a, b) for a, b in zip(second, epoch(resumed.train_dataloader()), strict=True))
    # The state is used once: another dataloader starts with the first order, as before.
    first = torch.cat(epoch(module(*augmented).train_dataloader())[1::2])
    assert torch.equal(torch.cat(epoch(resumed.train_dataloader())[1::2]), first)


class Plain(pl.LightningModule):
    """As in Lightning's tutorials; counts the batches it is given."""

    def __init__(self):
        super().__init__()
        self.layer, self.batch_sizes = torch.nn.Linear(784, 10), []

    def training_step(self, batch, batch_idx):
        images, labels = batch
        self.batch_sizes.append(len(labels))
        return torch.nn.functional.cross_entropy(self.layer(images.flatten(1) / 255), labels)

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_acc", (self.layer(images.flatten(1) / 255).argmax(1) == labels).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.01)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")  # Lightning's own
def test_a_plain_trainer_gets_ordinary_batches(module, tmp_path):
    data, model = module("data=mnist5k"), Plain()
    off = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = pl.Trainer(max_epochs=2, accelerator="cpu", default_root_dir=tmp_path, num_sanity_val_steps=0, **off)
    trainer.fit(model, data)
    assert model.batch_sizes == [*[128] * 27, 44] * 2
    assert trainer.callback_metrics["val_acc"] > 0.8


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")  # Lightning's own
def test_a_test_from_a_checkpoint_leaves_the_order_of_the_next_fit(module, tmp_path):
    data, off = module("data=mnist5k"), dict.fromkeys(("logger", "enable_progress_bar", "enable_model_summary"), False)
    trainer = pl.Trainer(max_epochs=1, accelerator="cpu", default_root_dir=tmp_path, **off)
    model = Plain()
    trainer.fit(model, data)
    trainer.validate(model, data, ckpt_path="best", verbose=False)
    assert torch.equal(first_batch(data)[1], first_batch(module("data=mnist5k"))[1])


@pytest.mark.parametrize("name", ["cifar10", "emnist_letters", "kmnist"])
def test_batches_have_the_images_of_the_data_set_with_channels_first(module, tiny, name):
    data = module("data=mnist5k", name=name, root=tiny(name), val_size=0)
    images, labels = next(iter(data.test_dataloader()))
    expected, expected_labels = arrays(name)[2:]
    expected = torch.from_numpy(expected).reshape(*expected.shape[:3], -1).permute(0, 3, 1, 2)
    assert torch.equal(images, expected)
    assert labels.tolist() == expected_labels.tolist()
    assert data.input_shape == tuple(images.shape[1:])
    assert data.num_classes == len(set(labels.tolist()))


OWN_FUNCTION = """
import numpy as np

def load():
    images = np.random.default_rng(0).integers(0, 256, (24, 4, 6, 3), dtype=np.uint8)
    return (images, np.arange(24) % 3), (images[:6], np.arange(6) % 3)
"""


def test_own_data_of_a_configuration_is_loaded_and_split(plain, tmp_path, monkeypatch):
    (tmp_path / "my_colours.py").write_text(OWN_FUNCTION)
    monkeypatch.syspath_prepend(str(tmp_path))
    config = plain("data=mnist5k")
    settings = vars(config.data) | {"name": "my_colours", "val_size": 6}
    own = OwnDataConfig(**settings, _target_="my_colours.load", classes=None, options={})
    data = MNISTDataModule.from_config(replace(config, data=own))
    data.prepare_data()
    data.setup()
    assert (data.input_shape, data.num_classes) == ((3, 4, 6), 3)
    assert [np.bincount(part.labels).tolist() for part in (data.train, data.val)] == [[6] * 3, [2] * 3]
    assert first_batch(data)[0].shape == (18, 3, 4, 6)


@pytest.mark.full_data
def test_full_mnist_is_split_as_the_design_says(module):
    data = module()
    assert [len(part.labels) for part in (data.train, data.val, data.test)] == [55_000, 5_000, 10_000]
    parts = [{image.tobytes() for image in part.images} for part in (data.train, data.val, data.test)]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    shares = [np.bincount(part.labels) / len(part.labels) for part in (data.train, data.val)]
    assert np.abs(shares[0] - shares[1]).max() < 1 / 5_000
