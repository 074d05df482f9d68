"""The content of a data set's files, checked by digest. Says of any other file what it is."""

import hashlib
from pathlib import Path

from mnist_exp import registry
from mnist_exp.data.data_set import DataFile, DataSet
from mnist_exp.data.idx_format import decompressed, parse_idx, read_bytes
from mnist_exp.errors import UserError


def read_content(source: DataSet, file: DataFile, path: Path) -> bytes:
    """The unpacked content of one file of a data set.

    A file whose official sums are unknown is accepted if its format is right; the reader checks its sizes.

    Args:
        source: The data set.
        file: Which of its files.
        path: Where it is, packed or not.

    Raises:
        UserError: The file is damaged, or has other content than the official one.
    """
    raw = read_bytes(path)
    return decompressed(raw) if _is_as_distributed(file, raw) else _checked(source, file, path, raw)


def check_content(source: DataSet, file: DataFile, path: Path) -> None:
    """Raise UserError if a file is damaged or not the official one. Unpacks it only if it was packed anew."""
    raw = read_bytes(path)
    if not _is_as_distributed(file, raw):
        _checked(source, file, path, raw)


def not_official(source: DataSet, path: Path) -> UserError:
    """The error for a file that is not damaged and has other content than the official one."""
    advice = "for other data of this format use data=idx data.root=FOLDER"
    return UserError(f"{path} is not the official {source.title} file; {advice}.")


def damaged(path: Path, problem: object) -> UserError:
    """The error for a file that has no valid content."""
    return UserError(f"{path} is damaged: {problem}. Delete it, and the next run will download it again.")


def _is_as_distributed(file: DataFile, raw: bytes) -> bool:
    return file.md5 is not None and _md5(raw) == file.md5


def _checked(source: DataSet, file: DataFile, path: Path, raw: bytes) -> bytes:
    """The unpacked content of a file that is not byte for byte the distributed one. Raises UserError."""
    try:
        content = decompressed(raw)
    except ValueError as error:
        raise damaged(path, error) from error
    if file.sha256 is not None and _sha256(content) == file.sha256:
        return content
    if owner := _owner(raw, content):
        raise _file_of_another_set(source, path, *owner)
    if not source.suffix:  # no IDX file
        raise damaged(path, "its checksum differs from the official file's")
    try:
        parse_idx(content)
    except ValueError as error:
        raise damaged(path, error) from error
    is_packed = raw is not content
    if file.sha256 or (file.md5 and is_packed):
        raise not_official(source, path)
    return content


def _owner(raw: bytes, content: bytes) -> tuple[str, DataSet, DataFile] | None:
    """The name and the row of the data set that has this file, and which of its files it is."""
    sums = {_md5(raw), _sha256(content)}
    for name in registry.names("data"):
        row: DataSet = registry.resolve("data", name)
        for file in row.files:
            if {file.md5, file.sha256} & sums:
                return name, row, file
    return None


def _file_of_another_set(source: DataSet, path: Path, name: str, owner: DataSet, file: DataFile) -> UserError:
    found = f"{owner.title}'s {file.name}" if owner is source else f"{owner.title}'s: use data={name}"
    return UserError(f"{path} is not the official {source.title} file; it is {found}.")


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
