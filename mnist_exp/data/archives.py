"""Takes a data set's files out of the archive in which they are distributed."""

import hashlib
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import error as ZlibError

from mnist_exp.data.data_set import DataFile, DataSet
from mnist_exp.data.file_content import damaged


def extract(source: DataSet, files: Iterable[DataFile], archive: Path, folder: Path) -> None:
    """Write the named files of an archive into a folder, each complete or not at all.

    Raises:
        OSError: The archive cannot be read, or a file cannot be written.
        UserError: The archive is damaged.
    """
    assert source.archive is not None
    with archive.open("rb") as opened:
        if hashlib.file_digest(opened, _md5).hexdigest() != source.archive.md5:
            raise damaged(archive, "its checksum differs from the official file's")
    folder.mkdir(parents=True, exist_ok=True)
    read = _reader(archive)
    with TemporaryDirectory(dir=folder, prefix=".unpack-") as temporary:
        for file in files:
            name = file.name + source.suffix
            try:
                content = read(f"{source.archive_folder}/{name}")
            except (KeyError, tarfile.TarError, zipfile.BadZipFile, EOFError, ZlibError) as error:
                raise damaged(archive, f"{name} cannot be taken out of it") from error
            Path(temporary, name).write_bytes(content)
            Path(temporary, name).replace(folder / name)


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)


def _reader(archive: Path) -> Callable[[str], bytes]:
    """Returns the content of one member, by its name."""
    if archive.suffix == ".zip":
        return lambda name: zipfile.ZipFile(archive).read(name)
    return lambda name: _read_from_tar(archive, name)


def _read_from_tar(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as opened:
        member = opened.extractfile(name)
        if member is None:
            raise KeyError(name)
        return member.read()
