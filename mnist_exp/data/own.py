"""Data of the user's own: a function named in the configuration returns the arrays. Does not import torch."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from mnist_exp import arguments, own_code
from mnist_exp.config.schema import ImageFacts
from mnist_exp.data.labelled_images import LabelledImages, TrainAndTest
from mnist_exp.data.own_checks import checked
from mnist_exp.errors import UserError


@dataclass(frozen=True)
class OwnData:
    """What a user's function returned. `digest` is a hash of all arrays: equal digests mean equal data."""

    train: LabelledImages
    test: LabelledImages
    facts: ImageFacts
    digest: str


def load_own(target: str, root: str, options: Mapping[str, Any], classes: Sequence[str] | None) -> OwnData:
    """The data that a function returns, checked; it is called once per process for the same arguments.

    Args:
        target: The function, as "module:function", "./file.py:function" or, as in Hydra, "module.function".
        root: data.root, which the function gets if it has an argument of that name.
        options: Its other arguments.
        classes: The names of the classes, in the order of their labels; None for those that the function returns,
            else for the labels as text.

    Raises:
        UserError: There is no such function, it raises, or it returns something else than data.
    """
    function = own_code.find(own_code.as_target(target))
    if not callable(function):
        raise UserError(f"{target} must be a function that returns the data, not {type(function).__name__}.")
    # The function is part of the key: where a changed file was imported again, it is another one.
    names = None if classes is None else tuple(classes)
    return _load(function, target, root, json.dumps(dict(options), sort_keys=True, default=str), names)


@lru_cache(maxsize=4)
def _load(
    function: Callable[..., Any], target: str, root: str, options: str, classes: tuple[str, ...] | None
) -> OwnData:
    given = _arguments(function, target, root, json.loads(options))
    returned = own_code.calling(target, lambda: function(**given))
    (train, test), names = checked(target, returned, classes)
    return OwnData(train, test, _facts(train.images, names), _digest((train, test)))


def _arguments(function: Callable[..., Any], target: str, root: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options, and root where the function has an argument of that name. Raises UserError if they do not fit."""
    given = options | ({"root": root} if arguments.takes(function, "root") else {})
    arguments.check(function, given, f"The function {target}", "data")
    return given


def _facts(images: np.ndarray, classes: list[str]) -> ImageFacts:
    """Shape, classes and statistics of training images. Counting the values needs no copy of all pixels as floats."""
    channels = [images] if images.ndim == 3 else [images[..., channel] for channel in range(images.shape[-1])]
    values = np.arange(256) / 255
    means, stds = [], []
    for channel in channels:
        share = np.bincount(channel.ravel(), minlength=256) / channel.size
        mean = float(share @ values)
        std = float(np.sqrt(share @ (values - mean) ** 2))
        means.append(round(mean, 4))
        stds.append(round(std, 4) or 1.0)  # nothing to scale in a channel that is the same everywhere
    shape = [len(channels), *images.shape[1:3]]
    grey = len(channels) == 1
    return ImageFacts(shape=shape, classes=classes, mean=means[0] if grey else means, std=stds[0] if grey else stds)


def _digest(parts: TrainAndTest) -> str:
    digest = hashlib.sha256()
    for array in (array for part in parts for array in part):
        digest.update(f"{array.shape} {array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]
