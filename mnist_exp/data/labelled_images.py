"""Images with their labels."""

from typing import NamedTuple

import numpy as np


class LabelledImages(NamedTuple):
    """Images as raw pixels 0-255, (n, h, w) for grey and (n, h, w, c) for colour, and their labels (n,)."""

    images: np.ndarray
    labels: np.ndarray

    def take(self, indices: np.ndarray) -> "LabelledImages":
        """The examples at these indices, in their order."""
        return LabelledImages(self.images[indices], self.labels[indices])


TrainAndTest = tuple[LabelledImages, LabelledImages]  # training set with the validation images, test set
