"""Small files in the exact format of each data set, and a row of the table that takes them for the official ones."""

import gzip
import hashlib
import pickle
import struct
import tarfile
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np

from mnist_exp import registry
from mnist_exp.data.data_set import DataFile, DataSet
from mnist_exp.data.datasets import data_set

WITH_FILES = [name for name in registry.names("data") if name != "mnist5k"]
TRAIN_OF_EACH_CLASS, TEST_OF_EACH_CLASS = 4, 2


def idx_bytes(array: np.ndarray) -> bytes:
    """The IDX format as its authors define it: two zeros, type, number of dimensions, sizes, big-endian data."""
    kind = {"uint8": 8, "int32": 12}[array.dtype.name]
    header = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


class _Python2Pickler(pickle._Pickler):
    """Writes text, bytes and truth values as Python 2 did, which wrote CIFAR-10's files."""

    def save_string(self, value):
        content = value if isinstance(value, bytes) else value.encode()
        self.write(b"T" + struct.pack("<I", len(content)) + content)

    def save_number(self, value):
        self.write(b"K" + bytes([value]))

    def save_global(self, obj, name=None):
        module = obj.__module__.replace("numpy._core", "numpy.core")
        self.write(f"c{module}\n{name or obj.__name__}\n".encode())

    own = {bytes: save_string, str: save_string, bool: save_number, type: save_global}  # noqa: RUF012
    dispatch = pickle._Pickler.dispatch | own


def cifar_bytes(images: np.ndarray, labels: np.ndarray) -> bytes:
    """A batch file: images (n, 32, 32, 3) as rows of all red, then all green, then all blue values."""
    rows = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), -1)
    names = [f"{i}.png" for i in range(len(images))]
    content = {"batch_label": "a batch", "labels": labels.tolist(), "data": rows, "filenames": names}
    written = BytesIO()
    _Python2Pickler(written, protocol=2).dump(content)
    return written.getvalue()


def arrays(name: str) -> list[np.ndarray]:
    """What the files hold: images (upright) and labels from 0 to train on, images and labels to test."""
    source = data_set(name)
    channels, height, width = source.facts.shape
    rng = np.random.default_rng(len(name))
    made = []
    for each in (TRAIN_OF_EACH_CLASS, TEST_OF_EACH_CLASS):
        n = each * source.facts.num_classes
        images = rng.integers(0, 256, (n, height, width, channels), dtype=np.uint8)
        made += [images if channels > 1 else images[..., 0], np.arange(n) % source.facts.num_classes]
    return made


def contents(name: str) -> list[bytes]:
    """The unpacked content of each file, in the order of the table."""
    images, labels, test_images, test_labels = arrays(name)
    if name == "cifar10":
        batches = [*zip(np.split(images, 5), np.split(labels, 5), strict=True), (test_images, test_labels)]
        return [cifar_bytes(*batch) for batch in batches]
    if name == "qmnist":
        labels, test_labels = (_qmnist_labels(each) for each in (labels, test_labels))
    else:
        first = 1 if name == "emnist_letters" else 0
        labels, test_labels = (np.uint8(each + first) for each in (labels, test_labels))
    if name.startswith("emnist"):
        images, test_images = (np.swapaxes(each, 1, 2) for each in (images, test_images))
    return [idx_bytes(each) for each in (images, labels, test_images, test_labels)]


def _qmnist_labels(labels: np.ndarray) -> np.ndarray:
    extended = np.full((len(labels), 8), 229_421, np.int32)
    extended[:, 0] = labels
    return extended


def distributed(source: DataSet, content: bytes) -> bytes:
    return packed(content) if source.suffix == ".gz" else content


def write_set(name: str, root: Path) -> DataSet:
    """Write the files below `root` as torchvision's layout has them. Returns the row with their sizes and sums."""
    row = row_of(name)
    folder = root / row.folder
    folder.mkdir(parents=True)
    for file, content in zip(row.files, contents(name), strict=True):
        (folder / (file.name + row.suffix)).write_bytes(distributed(row, content))
    return row


def row_of(name: str) -> DataSet:
    """The row for the small files; a sum that is unknown for the official file is unknown for its copy too."""
    source, (_, labels, _, test_labels) = data_set(name), arrays(name)
    files = tuple(
        DataFile(
            file.name,
            file.md5 and hashlib.md5(distributed(source, content)).hexdigest(),
            file.sha256 and hashlib.sha256(content).hexdigest(),
        )
        for file, content in zip(source.files, contents(name), strict=True)
    )
    archive = source.archive and replace(source.archive, md5=hashlib.md5(archive_bytes(name)).hexdigest())
    sizes = {"train_size": len(labels), "test_size": len(test_labels)}
    return replace(source, files=files, archive=archive, other_folders=(), **sizes)


def archive_bytes(name: str) -> bytes:
    """The archive of EMNIST or CIFAR-10, with one member that no data set needs."""
    source, written = data_set(name), BytesIO()
    members = {f"{source.archive_folder}/readme": b"not needed"}
    for file, content in zip(source.files, contents(name), strict=True):
        members[f"{source.archive_folder}/{file.name}{source.suffix}"] = distributed(source, content)
    if source.archive.name.endswith(".zip"):
        with zipfile.ZipFile(written, "w") as opened:
            for member, content in members.items():
                opened.writestr(zipfile.ZipInfo(member), content)  # without the time, so that its sum is fixed
    else:
        with tarfile.open(fileobj=written, mode="w") as opened:
            for member, content in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                opened.addfile(info, BytesIO(content))
    return written.getvalue()
