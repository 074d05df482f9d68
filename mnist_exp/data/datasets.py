"""The configured data: their images and labels as NumPy arrays, and what is known about them. Does not import torch.

The names of the built-in sets are in `registry.DATA`, their rows in catalogue.py. The user's own data are in own.py.
"""

from dataclasses import replace
from functools import lru_cache
from typing import cast

from mnist_exp import registry
from mnist_exp.config.schema import DataConfig, ImageFacts, OwnDataConfig
from mnist_exp.data.data_set import DataSet
from mnist_exp.data.labelled_images import TrainAndTest
from mnist_exp.data.locations import data_folder, found_files
from mnist_exp.data.own import OwnData, load_own
from mnist_exp.errors import UserError

VALIDATION_SHARE = 12  # of own data without data.val_size, one image in so many: as 5,000 of MNIST's 60,000


def data_set(name: str) -> DataSet:
    """The row of a built-in data set. Raises UserError if there is none of that name."""
    return cast(DataSet, registry.resolve("data", name))


def load(data: DataConfig) -> TrainAndTest:
    """Training set (validation images included) and test set; read once per process. Raises UserError."""
    if isinstance(data, OwnDataConfig):
        own = _own(data)
        return own.train, own.test
    return _load_files(data.name, data.root)


def image_facts(data: DataConfig) -> ImageFacts:
    """What the images are, with the mean and sd that the configuration sets. Raises UserError."""
    facts = data_facts(data)
    mean = facts.mean if data.mean is None else data.mean
    return replace(facts, mean=mean, std=facts.std if data.std is None else data.std)


def data_facts(data: DataConfig) -> ImageFacts:
    """What the images are, with the mean and sd of the data. Raises UserError."""
    return _own(data).facts if isinstance(data, OwnDataConfig) else data_set(data.name).facts


def train_size(data: DataConfig) -> int:
    """How many training and validation images there are. Raises UserError."""
    return len(_own(data).train.labels) if isinstance(data, OwnDataConfig) else data_set(data.name).train_size


def test_size(data: DataConfig) -> int:
    """How many test images there are. Raises UserError."""
    return len(_own(data).test.labels) if isinstance(data, OwnDataConfig) else data_set(data.name).test_size


def is_handwriting(data: DataConfig) -> bool:
    """Whether the images are pen strokes that were prepared as MNIST's; own data are taken as they are."""
    is_built_in = data.name in registry.DATA and not isinstance(data, OwnDataConfig)
    return is_built_in and data_set(data.name).handwriting


def completed(data: DataConfig) -> DataConfig:
    """The section with a number for `val_size`, which own data may leave null: a twelfth of the training images."""
    return data if data.val_size is not None else replace(data, val_size=train_size(data) // VALIDATION_SHARE)


def sources(data: DataConfig) -> dict[str, str]:
    """A hash of the arrays of the user's own data, by their name; empty for a built-in set. Raises UserError."""
    return {f"data {data.name}": _own(data).digest} if isinstance(data, OwnDataConfig) else {}


def _own(data: OwnDataConfig) -> OwnData:
    return load_own(data._target_, data.root, data.options, data.classes)


@lru_cache(maxsize=4)  # the runs of a sweep share one copy
def _load_files(name: str, root: str) -> TrainAndTest:
    source = data_set(name)
    paths = []
    for file, path in found_files(source, root).items():
        if path is None:
            raise UserError(f"{data_folder(source, root) / file.name}{source.suffix} is missing.")
        paths.append(path)
    return source.read(source, paths)
