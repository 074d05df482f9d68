"""What a network needs as input, and what was made for it from an image file."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mnist_exp.data.datasets import is_handwriting, load
from mnist_exp.errors import UserError

if TYPE_CHECKING:
    from mnist_exp.runs.record import Record
    from mnist_exp.runs.run_selection import TrainedRun

HANDWRITING_SHAPE = (1, 28, 28)  # what the digits of an image file are made into
DARK = 64  # grey levels: training images whose border pixels have a lower mean are dark there
DARK_MEAN = 0.4  # of the largest value: where only the mean of all pixels is known


@dataclass(frozen=True)
class NetworkInput:
    """Pixels for a network, made from an image file: one digit of it, or the whole picture."""

    pixels: np.ndarray  # uint8 (h, w) or (h, w, 3)
    box: tuple[int, int, int, int]  # left, top, width, height in the image


@dataclass(frozen=True)
class InputNeeds:
    """Which images the network of a run takes, and the names of its classes."""

    record: "Record"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        return self.record.config.images.input_shape

    @property
    def classes(self) -> list[str]:
        """The names of the classes, in the order of the labels."""
        return self.record.config.images.classes

    @property
    def handwriting(self) -> bool:
        """Whether the images are grey handwriting, prepared as MNIST's were."""
        return self.shape == HANDWRITING_SHAPE and is_handwriting(self.record.config.data)

    @property
    def is_colour(self) -> bool:
        """Whether the images are RGB."""
        return self.shape[0] == 3

    @cached_property
    def dark_border(self) -> bool:
        """Whether the training images are dark at their borders.

        If their files are not here, images that are dark on the whole count as dark at their borders.
        """
        try:
            images = load(self.record.config.data)[0].images
        except UserError:
            return float(np.mean(self.record.config.images.mean)) < DARK_MEAN
        return border_mean(np.moveaxis(images, 0, -1)) < DARK

    def is_same_as(self, other: "InputNeeds") -> bool:
        """Whether images prepared for one network are right for the other, and the classes are the same."""
        same = (self.shape, self.classes, self.handwriting) == (other.shape, other.classes, other.handwriting)
        same_brightness = self.handwriting or self.is_colour or self.record.data == other.record.data
        return same and (same_brightness or self.dark_border == other.dark_border)

    def __str__(self) -> str:
        channels, height, width = self.shape
        kind = {1: "grey", 3: "colour"}.get(channels, f"{channels}-channel")
        return f"{kind} images of {height}×{width} pixels ({len(self.classes)} classes of {self.record.data})"


def border_mean(pixels: np.ndarray) -> float:
    """The mean of the outermost rows and columns of pixels (h, w, …)."""
    edges = pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]
    return float(np.concatenate([edge.ravel() for edge in edges]).mean())


def common_needs(networks: Sequence["TrainedRun"]) -> InputNeeds:
    """What all of these networks need. Raises UserError if they need different images or have different classes."""
    first, *others = [InputNeeds(network.record) for network in networks]
    for other in others:
        if not first.is_same_as(other):
            raise UserError(
                f"These networks cannot predict the same images: one takes {first}, another {other}. "
                "Name networks of one data set."
            )
    return first
