"""MNIST's files on disk: where they are, their checksums, and their IDX format."""

import gzip
import hashlib
from pathlib import Path

import numpy as np

from mnist_exp.errors import UserError

# MD5 sums of the four official files, as in torchvision.datasets.MNIST.resources (a test compares them).
MNIST_FILES = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}


def mnist_folder(root: str) -> Path:
    """The folder of MNIST's files below `root`, in torchvision's layout. Raises UserError."""
    if not root:
        raise UserError("data.root is empty: unset MNIST_ROOT, or set it to a folder that contains MNIST/raw/*.gz.")
    path = Path(root).expanduser()
    if path.exists() and not path.is_dir():
        raise UserError(f"data.root={root} is a file; it should be a folder that contains MNIST/raw/*.gz.")
    return path / "MNIST" / "raw"


def read_idx(path: Path) -> np.ndarray:
    """The array in one gzipped IDX file, after its checksum was verified. Raises UserError."""
    raw = gzip.decompress(read_verified(path))
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)  # the fourth byte is the number of dimensions
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape).copy()  # writable, as torch requires


def read_verified(path: Path) -> bytes:
    """The compressed bytes of one official file, after its checksum was verified. Raises UserError."""
    try:
        compressed = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from error
    if hashlib.md5(compressed, usedforsecurity=False).hexdigest() != MNIST_FILES[path.name]:
        problem = _describe_damage(compressed)
        raise UserError(f"{path} is damaged: {problem}. Delete it, and the next run will download it again.")
    return compressed


def _describe_damage(compressed: bytes) -> str:
    if compressed[:2] != b"\x1f\x8b":
        return f"it is not a gzip file, it begins with {compressed[:15]!r} (is it a saved web page?)"
    try:
        gzip.decompress(compressed)
    except (EOFError, OSError, ValueError):
        return "it is truncated"
    return "its checksum differs from the official file's"
