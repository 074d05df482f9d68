"""Finding a data set's files, downloading those that are missing, and falling back to mnist5k."""

import logging
import os
import socket
from functools import cache
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

from mnist_exp.data.datasets import data_set
from mnist_exp.data.idx_files import MNIST_FILES, mnist_folder, read_verified
from mnist_exp.errors import UserError

TIMEOUT = 10  # seconds without a byte after which a download is given up

log = logging.getLogger(__name__)

_FALLBACK_WARNING = """
! MNIST is not in %s and could not be downloaded (%s).
! Training on mnist5k instead: 5,000 real digits, a twelfth of the set. Good for trying things, not for results.
! For the full set: export MNIST_ROOT=<folder that contains MNIST/raw/*.gz>, or run once with a network connection.
"""


@cache  # one answer, and one warning, for all runs of a sweep
def find_or_download(name: str, root: str, fallback: bool) -> str:
    """Make a data set available.

    Args:
        name: A name in the table of data sets.
        root: The folder in which its files are, or into which they are downloaded.
        fallback: Whether mnist5k may take its place where it cannot be downloaded.

    Returns:
        The name of the data set to use: `name`, or mnist5k.

    Raises:
        UserError: It is not available and there is no fallback, or one of its files is damaged.
    """
    if not data_set(name).files:
        return name
    folder = mnist_folder(root)
    try:
        download_missing(name, root)
    except (OSError, HTTPException) as error:
        if not fallback:
            raise UserError(
                f"MNIST is not in {folder} and could not be downloaded ({_reason(error)}). Put the four .gz files "
                "there, set MNIST_ROOT or data.root to a folder that contains them, or allow data.fallback=true."
            ) from error
        log.warning(_FALLBACK_WARNING, folder, _reason(error))
        return "mnist5k"
    for file in data_set(name).files:
        read_verified(folder / file)  # report a damaged file once, before the first run
    return name


def download_missing(name: str, root: str) -> None:
    """Download the files of a data set that do not exist below `root`. Raises OSError, HTTPException or UserError."""
    files = data_set(name).files
    if not files:
        return
    folder = mnist_folder(root)
    if missing := [file for file in files if not _exists(folder / file)]:
        _download(folder, missing)


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise UserError(f"data.root: {path} cannot be read ({error.strerror}).") from error


def _download(folder: Path, files: list[str]) -> None:
    """Download the files from torchvision's mirrors, with its progress bar."""
    from torchvision.datasets import MNIST

    created = _create_folder(folder)
    timeout_before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        for file in files:
            _download_file(file, folder, MNIST.mirrors)
    finally:
        socket.setdefaulttimeout(timeout_before)
        for path in created:
            if not any(path.iterdir()):
                path.rmdir()


def _create_folder(folder: Path) -> list[Path]:
    """Create the folder and its missing parents; return those that were created, innermost first."""
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"data.root: {folder} cannot be created to download into ({error.strerror}).") from error
    if not os.access(folder, os.W_OK):
        raise UserError(f"data.root: {folder} lacks files of MNIST and is not writable, so they cannot be downloaded.")
    return created


def _download_file(file: str, folder: Path, mirrors: list[str]) -> None:
    """Download one file from the first mirror that has it; it gets its own name only when complete and verified."""
    from torchvision.datasets.utils import download_url

    with TemporaryDirectory(dir=folder, prefix=".download-") as temporary:
        for mirror in mirrors:
            try:
                download_url(f"{mirror}{file}", temporary, file, MNIST_FILES[file])
                Path(temporary, file).replace(folder / file)
                return
            except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError: a wrong checksum
                failure = error
    raise OSError(_reason(failure)) from failure


def _reason(error: BaseException) -> str:
    """The cause of a failed download in a few words."""
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason)
