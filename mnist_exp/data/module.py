"""The LightningDataModule: the whole data set in memory, sliced into batches."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor

from mnist_exp.config.schema import Config, DataConfig, OwnDataConfig
from mnist_exp.data.augment import Warp
from mnist_exp.data.datasets import data_facts, load
from mnist_exp.data.download import download_missing
from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.data.pixels import channels_first
from mnist_exp.data.split import stratified_split
from mnist_exp.data.transfer import to_device


class Batches:
    """Batches of raw uint8 images (n, c, h, w) and int64 labels (n,), from tensors in memory.

    Args:
        images: All images.
        labels: All labels.
        batch_size: Images per batch; the last batch may be smaller.
        seed: Shuffles the set in a new order every epoch. Without one the order is that of the set.
        warp: Augmentation, applied batch by batch when the set is shuffled.
    """

    def __init__(
        self, images: Tensor, labels: Tensor, batch_size: int, seed: int | None = None, warp: Warp | None = None
    ) -> None:
        self.images, self.labels, self.batch_size, self.warp = images, labels, batch_size, warp
        self.generator = None if seed is None else torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if self.generator is None:
            parts = torch.split(self.images, self.batch_size), torch.split(self.labels, self.batch_size)
            yield from zip(*parts, strict=True)
            return
        # Drawn on the CPU, so that the order is the same on every device.
        order = to_device(torch.randperm(len(self.labels), generator=self.generator), self.labels.device)
        for indices in torch.split(order, self.batch_size):
            images = self.images[indices]
            yield (self.warp(images) if self.warp else images), self.labels[indices]


class MNISTDataModule(pl.LightningDataModule):
    """A data set of `registry.DATA`, or the user's own.

    The split depends on split_seed alone, the batch order on seed alone, the augmentation on noise_seed alone.

    Args:
        name: A name in the table; with `own`, only the name of the data.
        root: The folder of its files.
        batch_size: Images per training batch.
        eval_batch_size: Images per validation or test batch.
        val_size: Images set aside for validation.
        split_seed: Seed of the split into training and validation images.
        shift, rotation, elastic: Augmentation of training images, see `Warp`; 0 switches each off.
        seed: Seed of the batch order.
        noise_seed: Seed of the augmentation; `seed` if not given.
        test_each_epoch: Whether to measure the test set after each epoch too. Nothing is selected by it.
        own: The section `data` of a configuration whose data a function of the user's returns.
    """

    def __init__(
        self,
        *,
        name: str,
        root: str,
        batch_size: int,
        eval_batch_size: int,
        val_size: int,
        split_seed: int,
        shift: float,
        rotation: float,
        elastic: float,
        seed: int,
        test_each_epoch: bool,
        noise_seed: int | None = None,
        own: OwnDataConfig | None = None,
    ) -> None:
        super().__init__()
        self.data = own or DataConfig(name=name, root=root)
        self.facts = data_facts(self.data)
        self.batch_size, self.eval_batch_size = batch_size, eval_batch_size
        self.val_size, self.split_seed, self.seed = val_size, split_seed, seed
        self.val_names = ["val"] * bool(val_size) + ["test"] * test_each_epoch  # one name per validation loader
        augments = shift or rotation or elastic
        warp_seed = seed if noise_seed is None else noise_seed
        self.warp = Warp(shift=shift, rotation=rotation, elastic=elastic, seed=warp_seed) if augments else None
        self._shuffle: torch.Generator | None = None  # of the latest training dataloader
        self._restored_shuffle: Tensor | None = None  # for the next one

    @classmethod
    def from_config(cls, config: Config) -> "MNISTDataModule":
        """The data that a configuration describes."""
        data = config.data
        return cls(
            name=data.name,
            root=data.root,
            batch_size=data.batch_size,
            eval_batch_size=data.eval_batch_size,
            val_size=data.val_size,
            split_seed=data.split_seed,
            **asdict(data.augment),
            seed=config.order_seed,
            noise_seed=config.noise_seed,
            test_each_epoch=config.diagnostics.test_each_epoch,
            own=data if isinstance(data, OwnDataConfig) else None,
        )

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        return self.facts.input_shape

    @property
    def num_classes(self) -> int:
        """How many labels there are."""
        return self.facts.num_classes

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one epoch."""
        return -(-len(self.train.labels) // self.batch_size)

    def prepare_data(self) -> None:
        """Download the files that are missing. Raises OSError, HTTPException or UserError."""
        if not isinstance(self.data, OwnDataConfig):
            download_missing(self.data.name, self.data.root)

    def setup(self, stage: str | None = None) -> None:
        """Read and split the data set, once; Lightning calls this before each stage. Raises UserError."""
        if hasattr(self, "train"):
            return
        train_and_val, test = load(self.data)
        val, train = stratified_split(train_and_val.labels, self.val_size, self.split_seed)
        self.train, self.val, self.test = train_and_val.take(train), train_and_val.take(val), test

    def train_dataloader(self) -> Batches:
        """The training set batch by batch, shuffled and augmented."""
        batches = Batches(*self._tensors(self.train), self.batch_size, self.seed, self.warp)
        self._shuffle = batches.generator
        if self._shuffle and self._restored_shuffle is not None:
            self._shuffle.set_state(self._restored_shuffle)
        self._restored_shuffle = None
        return batches

    def val_dataloader(self) -> list[Batches]:
        """One loader for each of `val_names`."""
        return [self._eval_batches(getattr(self, name)) for name in self.val_names]

    def test_dataloader(self) -> Batches:
        """The test set batch by batch."""
        return self._eval_batches(self.test)

    def state_dict(self) -> dict[str, Tensor]:
        """The states of the random generators. Lightning stores them in its checkpoints."""
        generators = {"shuffle": self._shuffle, "augmentation": self.warp and self.warp.generator}
        return {name: generator.get_state() for name, generator in generators.items() if generator}

    def load_state_dict(self, state_dict: dict[str, Tensor]) -> None:
        """Continue the batch order and the augmentation of the fit that wrote the checkpoint."""
        if self.trainer and self.trainer.state.fn != TrainerFn.FITTING:
            return  # a test also loads checkpoints, but must not change the next fit
        self._restored_shuffle = state_dict.get("shuffle")
        if self.warp and "augmentation" in state_dict:
            self.warp.generator.set_state(state_dict["augmentation"])

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Return the batch unchanged: the whole set is on the device already."""
        return batch

    def _eval_batches(self, examples: LabelledImages) -> Batches:
        return Batches(*self._tensors(examples), self.eval_batch_size)

    def _tensors(self, examples: LabelledImages) -> tuple[Tensor, Tensor]:
        """Images (n, c, h, w) and labels, on the device that trains."""
        device = self.trainer.strategy.root_device if self.trainer else torch.device("cpu")
        images = torch.from_numpy(channels_first(examples.images))
        return images.to(device), torch.from_numpy(examples.labels).long().to(device)
