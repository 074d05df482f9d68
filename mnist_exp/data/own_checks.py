"""Checks of what a user's function returned, each with a line that names the function and says what is wrong."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mnist_exp.data.labelled_images import LabelledImages, TrainAndTest
from mnist_exp.errors import UserError

EXPECTED = "((train images, train labels), (test images, test labels)), and class names as a third value or none"
CHANNELS = (1, 3)  # grey and RGB


def checked(target: str, returned: Any, classes: Sequence[str] | None) -> tuple[TrainAndTest, list[str]]:
    """Training set, test set and the names of the classes.

    Args:
        target: The function's name, for messages.
        returned: What it returned.
        classes: The names that the configuration sets, or None.

    Raises:
        UserError: The data cannot be used.
    """
    parts, own_names = _parts(target, returned)
    train, test = (_labelled(f"{target}: the {which}", *part) for which, part in parts.items())
    if train.images.shape[1:] != test.images.shape[1:]:
        shapes = " and ".join("×".join(map(str, part.images.shape[1:])) for part in (train, test))
        raise UserError(f"{target}: training and test images must have one shape, not {shapes}.")
    return (train, test), _class_names(target, train.labels, test.labels, classes or own_names)


def _parts(target: str, returned: Any) -> tuple[dict[str, tuple[Any, Any]], Sequence[str] | None]:
    """The images and labels of both sets by name, and the returned class names, if any."""
    if not isinstance(returned, tuple | list) or len(returned) not in (2, 3):
        raise UserError(f"{target} must return {EXPECTED}, not {_described(returned)}.")
    names = returned[2] if len(returned) == 3 else None
    parts: dict[str, tuple[Any, Any]] = {}
    for which, part in zip(("training", "test"), returned[:2], strict=True):
        if not isinstance(part, tuple | list) or len(part) != 2:
            raise UserError(f"{target} must return {EXPECTED}; its {which} set is {_described(part)}.")
        parts[which] = (part[0], part[1])
    return parts, names


def _described(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"of type {type(value).__name__}" if value is not None else "None"


def _labelled(where: str, images: Any, labels: Any) -> LabelledImages:
    """`where` is the beginning of every message: the function and which set, as in "my_data:load: the test"."""
    pixels = _pixels(f"{where} images", _array(f"{where} images", images))
    numbers = _whole_numbers(f"{where} labels", _array(f"{where} labels", labels))
    if len(pixels) != len(numbers):
        raise UserError(f"{where} set has {len(pixels)} images, but {len(numbers)} labels.")
    if not len(pixels):
        raise UserError(f"{where} set is empty.")
    return LabelledImages(pixels, numbers)


def _array(what: str, values: Any) -> np.ndarray:
    if type(values).__module__.partition(".")[0] == "torch" and hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    if not isinstance(values, np.ndarray):
        raise UserError(f"{what} must be a NumPy array or a torch tensor, not {type(values).__name__}.")
    return values


def _pixels(what: str, images: np.ndarray) -> np.ndarray:
    """Images (n, h, w) or (n, h, w, 3) as bytes, in an array of their own that can be written to."""
    shape = "×".join(map(str, images.shape))
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in CHANNELS):
        hint = " The channels must be last." if images.ndim == 4 and images.shape[1] in CHANNELS else ""
        raise UserError(f"{what} must be n×height×width or n×height×width×3, not {shape}.{hint}")
    if 0 in images.shape[1:]:
        raise UserError(f"{what} have no pixels: their shape is {shape}.")
    images = images[..., 0] if images.ndim == 4 and images.shape[-1] == 1 else images
    if np.issubdtype(images.dtype, np.floating):
        return _scaled(what, images)
    if images.dtype != np.uint8:
        raise UserError(f"{what} must be uint8 from 0 to 255, or floats from 0 to 1, not {images.dtype}.")
    return np.array(images, order="C")


def _scaled(what: str, images: np.ndarray) -> np.ndarray:
    if np.isnan(images).any():
        raise UserError(f"{what} contain NaN.")
    if images.size and not (images.min() >= 0 and images.max() <= 1):
        low, high = images.min(), images.max()
        raise UserError(f"{what} are floats from {low:g} to {high:g}: they must be from 0 to 1, or uint8.")
    scaled: np.ndarray = np.rint(images * 255).astype(np.uint8, order="C")
    return scaled


def _whole_numbers(what: str, labels: np.ndarray) -> np.ndarray:
    if labels.ndim != 1:
        raise UserError(f"{what} must be one number per image, not {'×'.join(map(str, labels.shape))}.")
    if not np.issubdtype(labels.dtype, np.number) or np.iscomplexobj(labels):
        raise UserError(f"{what} must be whole numbers, not {labels.dtype}.")
    whole = np.isfinite(labels) & (labels == np.rint(labels))
    if not whole.all():
        raise UserError(f"{what} must be whole numbers; {labels[~whole][0]:g} is not one.")
    return labels.astype(np.int64)


def _class_names(target: str, train: np.ndarray, test: np.ndarray, names: Sequence[str] | None) -> list[str]:
    """One name per class; the labels must be 0 to k-1 for k classes. Raises UserError."""
    present = np.unique(train)
    k = len(present)
    if k < 2:
        raise UserError(f"{target}: the training set has one class only, {present[0]}.")
    if names is not None and not (isinstance(names, tuple | list) and all(isinstance(name, str) for name in names)):
        raise UserError(f"{target}: the class names must be a list of texts.")
    if names is not None and (len(set(names)) != len(names) or len(names) != k):
        raise UserError(f"{target}: the training labels are of {k} classes, but there are {len(set(names))} names.")
    if present.tolist() != list(range(k)):
        raise UserError(
            f"{target}: the labels of {k} classes must be 0 to {k - 1}; the training labels are "
            f"{present[0]} to {present[-1]}."
        )
    if outside := sorted(set(np.unique(test).tolist()) - set(range(k))):
        raise UserError(f"{target}: the test label {outside[0]} is not among the training set's, 0 to {k - 1}.")
    return [str(label) for label in range(k)] if names is None else list(names)
