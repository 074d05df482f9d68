"""The data sets of the page: their classes, and test images to choose from."""

from dataclasses import dataclass

import numpy as np

from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.data.pixels import channels_first
from mnist_exp.digits.network_input import InputNeeds
from mnist_exp.errors import UserError
from mnist_exp.playground.numbers import encode
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import held_out_test_set

COUNT = 200  # test images of each data set


@dataclass(frozen=True)
class Samples:
    """Test images as the page gets them."""

    count: int
    pixels: str  # uint8 (count, channels, height, width)
    labels: list[int]
    indices: list[int]  # their places in the test set


@dataclass(frozen=True)
class EncodedSet:
    """A data set as the page gets it."""

    name: str
    drawable: bool
    shape: tuple[int, int, int]
    classes: list[str]
    background: list[int]  # a typical pixel at the border of an image, by channel
    samples: Samples | None


@dataclass(frozen=True, eq=False)
class ImageSet:
    """A data set: what its images are, and some of its test images, if they can be read."""

    name: str
    drawable: bool  # whether a drawing can be made into an image like those of the set
    shape: tuple[int, int, int]  # channels, height, width
    classes: list[str]
    pixels: np.ndarray  # uint8 (count, channels, height, width)
    labels: np.ndarray
    indices: np.ndarray

    @classmethod
    def of(cls, record: Record) -> "ImageSet":
        """The data set of a run; without test images if they cannot be read."""
        needs = InputNeeds(record)
        try:
            test = held_out_test_set(record)
        except UserError:
            test = LabelledImages(np.zeros((0, *needs.shape[1:], needs.shape[0]), np.uint8), np.zeros(0, np.uint8))
        indices = balanced(test.labels, COUNT)
        chosen = test.take(indices)
        pixels = channels_first(chosen.images)
        return cls(record.data, needs.handwriting, needs.shape, needs.classes, pixels, chosen.labels, indices)

    def encoded(self) -> EncodedSet:
        """As the page gets it."""
        pixels, labels, indices = self.pixels, self.labels.tolist(), self.indices.tolist()
        samples = Samples(len(labels), encode(pixels, "|u1"), labels, indices) if labels else None
        background = np.median(_border(pixels), axis=(0, 2)).astype(int).tolist() if labels else [0] * self.shape[0]
        return EncodedSet(self.name, self.drawable, self.shape, self.classes, background, samples)


def balanced(labels: np.ndarray, count: int) -> np.ndarray:
    """The indices of so many examples, the classes in turn: the first of each class, then the second, …"""
    order = np.argsort(labels, kind="stable")
    first = np.searchsorted(labels[order], labels[order])  # where the class of each begins
    rank = np.empty(len(labels), dtype=int)
    rank[order] = np.arange(len(labels)) - first  # the how many-th of its class
    return np.lexsort((labels, rank))[:count]


def _border(pixels: np.ndarray) -> np.ndarray:
    """The outermost pixels of images, (count, channels, pixels)."""
    sides = pixels[:, :, 0], pixels[:, :, -1], pixels[:, :, :, 0], pixels[:, :, :, -1]
    return np.concatenate(sides, axis=2)
