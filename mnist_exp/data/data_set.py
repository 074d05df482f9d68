"""What the table of data sets knows about each. Does not import torch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mnist_exp.config.schema import ImageFacts
from mnist_exp.data.labelled_images import TrainAndTest

Reader = Callable[["DataSet", list[Path]], TrainAndTest]  # the paths are in the order of `DataSet.files`


@dataclass(frozen=True)
class DataFile:
    """A file, with what its content is checked by.

    `name` is that of the unpacked file. `md5` is of the file as it is distributed, `sha256` of the unpacked one. Both
    are None where no official sum is known; then only the format, the number of images and the labels are checked.
    """

    name: str
    md5: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class DataSet:
    """A data set: what it is, and where its files are. It has none if it comes with a package."""

    title: str
    facts: ImageFacts
    train_size: int  # training and validation images together
    test_size: int
    read: Reader
    licence: str
    source: str
    handwriting: bool  # pen strokes prepared by MNIST's procedure; `predict` can prepare any picture likewise
    files: tuple[DataFile, ...] = ()
    suffix: str = ".gz"  # of the files as they are distributed
    folder: str = ""  # of the files, below data.root
    other_folders: tuple[str, ...] = ()  # searched after it
    torchvision: str = ""  # the class that knows the addresses
    archive: DataFile | None = None  # contains all files; its name is a path below data.root
    archive_folder: str = ""  # of the files in the archive
