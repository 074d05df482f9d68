"""Own data in MNIST's format: data=idx data.root=FOLDER."""

from pathlib import Path
from typing import Any

import numpy as np

from mnist_exp.data.idx_format import decompressed, parse_idx, read_bytes
from mnist_exp.errors import UserError

NAMES = (
    *("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    *("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
)


def load_idx(root: str) -> Any:
    """Training and test set from four files in a folder, with MNIST's names, gzipped or not, and any content.

    Raises:
        UserError: A file is missing, cannot be read, or is damaged.
    """
    images, labels, test_images, test_labels = (_read(Path(root).expanduser(), name) for name in NAMES)
    return (images, labels), (test_images, test_labels)


def _read(folder: Path, name: str) -> np.ndarray:
    path = next((path for path in (folder / f"{name}.gz", folder / name) if path.is_file()), None)
    if path is None:
        raise UserError(f"data.root: {folder} has no file {name}.gz or {name}; data=idx reads four files like it.")
    try:
        return parse_idx(decompressed(read_bytes(path)))
    except ValueError as error:
        raise UserError(f"{path} is damaged: {error}.") from error
