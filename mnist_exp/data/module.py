"""The LightningDataModule: the whole set in memory, sliced by the batch."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor

from mnist_exp.config.schema import Config
from mnist_exp.data.augment import Warp
from mnist_exp.data.source import Digits, load
from mnist_exp.data.split import stratified_split
from mnist_exp.data.transfer import to_device


class Batches:
    """A set in memory, cut into batches of raw uint8 pixels (n, 1, 28, 28) and labels; with a seed, in a
    fresh order each time it is gone through."""

    def __init__(
        self, images: Tensor, labels: Tensor, batch_size: int, seed: int | None = None, warp: Warp | None = None
    ) -> None:
        self.images, self.labels, self.batch_size, self.warp = images, labels, batch_size, warp
        self.generator = None if seed is None else torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if self.generator is None:
            yield from zip(self.images.split(self.batch_size), self.labels.split(self.batch_size), strict=True)
            return
        # Drawn on the CPU, so that the order is the same on every device.
        order = to_device(torch.randperm(len(self.labels), generator=self.generator), self.labels.device)
        for chosen in order.split(self.batch_size):
            images = self.images[chosen]
            yield (self.warp(images) if self.warp else images), self.labels[chosen]


class MNISTDataModule(pl.LightningDataModule):
    """MNIST or its 5,000-digit stand-in. The split depends on split_seed alone, the batch order on seed alone."""

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
    ) -> None:
        super().__init__()
        self.name, self.root = name, root
        self.batch_size, self.eval_batch_size = batch_size, eval_batch_size
        self.val_size, self.split_seed, self.seed = val_size, split_seed, seed
        # What is looked at after each epoch; nothing is chosen by the test set.
        self.val_names = ["val"] * bool(val_size) + ["test"] * test_each_epoch
        warps = shift or rotation or elastic
        self.warp = Warp(shift=shift, rotation=rotation, elastic=elastic, seed=seed) if warps else None

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
            seed=config.seed,
            test_each_epoch=config.diagnostics.test_each_epoch,
        )

    def setup(self, stage: str | None = None) -> None:
        """Read and split; Lightning calls it again before each stage."""
        if hasattr(self, "train"):
            return
        rest, test = load(self.name, self.root)
        val, train = stratified_split(rest.labels, self.val_size, self.split_seed)
        self.train, self.val, self.test = rest.take(train), rest.take(val), test

    @property
    def steps_per_epoch(self) -> int:
        """Of the optimiser, an epoch."""
        return -(-len(self.train.labels) // self.batch_size)

    def train_dataloader(self) -> Batches:
        return Batches(*self._tensors(self.train), self.batch_size, self.seed, self.warp)

    def val_dataloader(self) -> list[Batches]:
        return [self._in_order(getattr(self, stage)) for stage in self.val_names]

    def test_dataloader(self) -> Batches:
        return self._in_order(self.test)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        return batch  # the whole set is there already

    def _in_order(self, digits: Digits) -> Batches:
        return Batches(*self._tensors(digits), self.eval_batch_size)

    def _tensors(self, digits: Digits) -> tuple[Tensor, Tensor]:
        """The set on the device that trains, as the networks take it."""
        device = self.trainer.strategy.root_device if self.trainer else torch.device("cpu")
        images = torch.from_numpy(digits.images).unsqueeze(1)
        return images.to(device), torch.from_numpy(digits.labels).long().to(device)
