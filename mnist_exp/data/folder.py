"""Own data as pictures in a folder per class: data=folder data.root=FOLDER."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_exp.data.split import stratified_split
from mnist_exp.errors import UserError, listed

TEST_SHARE = 6  # without a folder test/, one picture in so many; of MNIST it is one in seven
OF_WINDOWS = ("Thumbs.db", "desktop.ini")  # which it adds to folders of pictures


def load_folder(root: str, size: Sequence[int] | None = None) -> Any:
    """Pictures as training and test set, with the folders' names as the names of the classes.

    Args:
        root: Contains train/CLASS/ and test/CLASS/, or CLASS/. Of the second, a sixth of the pictures, every class in
            proportion and always the same ones, are the test set.
        size: Height and width to which every picture is resized; None if all have one size.

    Raises:
        UserError: There are no pictures, or one cannot be used; the message names it.
    """
    folder = Path(root).expanduser()
    if not folder.is_dir():
        raise UserError(f"data.root: {folder} is not a folder; data=folder needs one with a folder per class.")
    _check_size(size)
    has_test = _has_test_folder(folder)
    classes = _classes(folder / "train" if has_test else folder)
    paths, labels = _pictures(folder / "train" if has_test else folder, classes)
    test_paths, test_labels = _pictures(folder / "test", classes) if has_test else ([], np.zeros(0, np.int64))
    images = _stacked([*paths, *test_paths], size)
    if has_test:
        return (images[: len(paths)], labels), (images[len(paths) :], test_labels), classes
    test, train = stratified_split(labels, len(labels) // TEST_SHARE, seed=0)
    return (images[train], labels[train]), (images[test], labels[test]), classes


def _check_size(size: Sequence[int] | None) -> None:
    if size is None:
        return
    is_pair = isinstance(size, Sequence) and len(size) == 2
    if not is_pair or not all(isinstance(side, int) and side >= 1 for side in size):
        raise UserError(f"data.size={size}: must be height and width in pixels, as in [28,28], or null.")


def _has_test_folder(folder: Path) -> bool:
    there = [name for name in ("train", "test") if (folder / name).is_dir()]
    if len(there) == 1 and {each.name for each in _visible(folder)} == set(there):
        missing = ({"train", "test"} - set(there)).pop()
        raise UserError(f"data.root: {folder} has {there[0]}/, but no {missing}/.")
    return len(there) == 2


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.name not in OF_WINDOWS)


def _classes(folder: Path) -> list[str]:
    """The folders' names in order; numbers in the order of their values."""
    names = [path.name for path in _visible(folder) if path.is_dir()]
    if not names:
        raise UserError(f"data.root: {folder} contains no folders; data=folder needs a folder of pictures per class.")
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def _pictures(folder: Path, classes: list[str]) -> tuple[list[Path], np.ndarray]:
    """The files of every class, and their labels."""
    if others := [path.name for path in _visible(folder) if path.is_dir() and path.name not in classes]:
        raise UserError(f"{folder / others[0]}: the training set has no class {others[0]}; it has {listed(classes)}.")
    found = {label: _visible(folder / name) for label, name in enumerate(classes) if (folder / name).is_dir()}
    if empty := [classes[label] for label, files in found.items() if not files]:
        raise UserError(f"{folder / empty[0]} contains no pictures.")
    paths = [path for files in found.values() for path in files]
    if folders := [path for path in paths if path.is_dir()]:
        raise UserError(
            f"{folders[0]} is a folder, not a picture: data=folder needs data.root=FOLDER with a folder of pictures "
            "per class."
        )
    return paths, np.repeat([*found], [len(files) for files in found.values()]).astype(np.int64)


def _stacked(paths: list[Path], size: Sequence[int] | None) -> np.ndarray:
    """All pictures in one array, (n, h, w) if every one is grey and (n, h, w, 3) if not."""
    images = [_read(path, size) for path in paths]
    for path, image in zip(paths, images, strict=True):
        if image.shape[:2] != images[0].shape[:2]:
            sizes = [f"{each.shape[0]}×{each.shape[1]}" for each in (image, images[0])]
            raise UserError(
                f"{path} has {sizes[0]} pixels, but {paths[0]} has {sizes[1]}: "
                f"data.size=[28,28] resizes all of them to one size."
            )
    grey = all(image.ndim == 2 for image in images)
    return np.stack(images if grey else [image if image.ndim == 3 else np.stack([image] * 3, -1) for image in images])


def _read(path: Path, size: Sequence[int] | None) -> np.ndarray:
    """A picture's bytes, (h, w) if it is grey and (h, w, 3) if not; transparent parts become white."""
    try:
        with warnings.catch_warnings(), Image.open(path) as opened:
            warnings.simplefilter("ignore")  # about odd metadata
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith(("I", "F")):
                raise UserError(f"{path} has more than 8 bits per pixel: save it with 8.")
            pixels = _resized(_opaque(image), size)
    except UserError:
        raise
    except UnidentifiedImageError as error:
        raise UserError(f"{path} is not a picture in a format that Pillow can read.") from error
    except Exception as error:  # decoders raise exceptions of any type
        reason = getattr(error, "strerror", None) or next(iter(str(error).splitlines()), type(error).__name__)
        raise UserError(f"{path} cannot be read as a picture ({reason}).") from error
    grey = (pixels == pixels[..., :1]).all()
    return pixels[..., 0] if grey else pixels


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


def _resized(image: Image.Image, size: Sequence[int] | None) -> np.ndarray:
    wanted = image.size if size is None else (size[1], size[0])
    return np.asarray(image if image.size == wanted else image.resize(wanted, Image.Resampling.BILINEAR))
