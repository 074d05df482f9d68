"""Finding a data set's files, downloading those that are missing, and falling back to mnist5k."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

from mnist_exp.data.archives import extract
from mnist_exp.data.data_set import DataSet
from mnist_exp.data.datasets import data_set
from mnist_exp.data.file_content import check_content
from mnist_exp.data.locations import archive_path, data_folder, found_files
from mnist_exp.errors import UserError

TIMEOUT = 10  # seconds without a byte after which a download is given up
FALLBACKS = {"mnist": "mnist5k"}  # for the others nothing like them comes with a package

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
        fallback: Whether mnist5k may take the place of mnist where that cannot be downloaded.

    Returns:
        The name of the data set to use: `name`, or mnist5k.

    Raises:
        UserError: It is not available and there is no fallback, or one of its files is damaged or not the official one.
    """
    source = data_set(name)
    if not source.files:
        return name
    folder = data_folder(source, root)
    try:
        download_missing(name, root)
    except (OSError, HTTPException) as error:
        if not fallback or name not in FALLBACKS:
            raise UserError(_not_available(name, source, root, _reason(error))) from error
        log.warning(_FALLBACK_WARNING, folder, _reason(error))
        return FALLBACKS[name]
    for file, path in found_files(source, root).items():
        if path is not None:
            check_content(source, file, path)  # report a damaged file once, before the first run
    return name


def _not_available(name: str, source: DataSet, root: str, reason: str) -> str:
    missing = [file.name + source.suffix for file, path in found_files(source, root).items() if path is None]
    searched = " and ".join([str(data_folder(source, root)), *source.other_folders])
    more = f" and {len(missing) - 1} more files" if len(missing) > 1 else ""
    last = ", or allow data.fallback=true." if name in FALLBACKS else f". There is no fallback for data={name}."
    return (
        f"{source.title} is not in {searched} ({missing[0]}{more} missing) and could not be downloaded ({reason}). "
        f"Put its files there, or set MNIST_ROOT or data.root to a folder that contains {source.folder}{last}"
    )


def download_missing(name: str, root: str) -> None:
    """Download the files of a data set that are in none of its folders.

    Raises:
        OSError, HTTPException: The download failed.
        UserError: A folder cannot be read or written, or an archive that is there is damaged.
    """
    source = data_set(name)
    missing = [file for file, path in found_files(source, root).items() if path is None]
    if not missing:
        return
    folder, archive = data_folder(source, root), archive_path(source, root)
    with _writable(source, folder):
        if archive is None or source.archive is None:
            for file in missing:
                _download_file(source, folder / (file.name + source.suffix), file.md5)
            return
        if not archive.is_file():
            _download_file(source, archive, source.archive.md5)
        extract(source, missing, archive, folder)


@contextmanager
def _writable(source: DataSet, folder: Path) -> Iterator[None]:
    """Create a folder to download into; remove it, and parents that were created with it, if it is empty at the end."""
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"data.root: {folder} cannot be created to download into ({error.strerror}).") from error
    if not os.access(folder, os.W_OK):
        raise UserError(
            f"data.root: {folder} lacks files of {source.title} and is not writable, so they cannot be downloaded."
        )
    timeout_before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(timeout_before)
        for path in created:
            if not any(path.iterdir()):
                path.rmdir()


def _download_file(source: DataSet, path: Path, md5: str | None) -> None:
    """Download a file, with torchvision's progress bar, from the first address that has it.

    It gets its own name only when it is complete and its checksum is right.
    """
    from torchvision.datasets.utils import download_url

    failure: Exception = OSError(f"torchvision knows no address of {path.name}")
    with TemporaryDirectory(dir=path.parent, prefix=".download-") as temporary:
        for address in _addresses(source, path.name):
            try:
                download_url(address, temporary, path.name, md5)
                Path(temporary, path.name).replace(path)
                return
            except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError: a wrong checksum
                failure = error
    raise OSError(_reason(failure)) from failure


def _addresses(source: DataSet, name: str) -> list[str]:
    """Where torchvision downloads a file from."""
    from torchvision import datasets

    kind = getattr(datasets, source.torchvision)
    if source.archive:
        return [kind.url]
    if isinstance(kind.resources, dict):  # QMNIST's have whole addresses
        urls = [url for part in kind.resources.values() for url, _ in part]
        return [url for url in urls if url.endswith(f"/{name}")]
    return [f"{mirror}{name}" for mirror in kind.mirrors]


def _reason(error: BaseException) -> str:
    """The cause of a failed download in a few words."""
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason)
