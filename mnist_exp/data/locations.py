"""Where the files of a data set are, in torchvision's layout."""

from pathlib import Path

from mnist_exp.data.data_set import DataFile, DataSet
from mnist_exp.errors import UserError


def data_folder(source: DataSet, root: str) -> Path:
    """The folder of a data set's files below data.root. Raises UserError."""
    example = f"{source.folder}/*{source.suffix}"
    if not root:
        raise UserError(f"data.root is empty: unset MNIST_ROOT, or set it to a folder that contains {example}.")
    path = Path(root).expanduser()
    if path.exists() and not path.is_dir():
        raise UserError(f"data.root={root} is a file; it should be a folder that contains {example}.")
    return path / source.folder


def archive_path(source: DataSet, root: str) -> Path | None:
    """Where the archive that contains a data set's files is, or is downloaded to; None if there is no archive."""
    return Path(root).expanduser() / source.archive.name if source.archive else None


def found_files(source: DataSet, root: str) -> dict[DataFile, Path | None]:
    """Where each file of a data set is; None where it is missing. Raises UserError."""
    if not source.files:
        return {}  # without files it does not matter what data.root is
    folder = data_folder(source, root)
    return {file: _first_existing(_candidates(source, file, folder)) for file in source.files}


def _candidates(source: DataSet, file: DataFile, folder: Path) -> list[Path]:
    """A file may be packed, or unpacked as torchvision leaves it, or where an archive was unpacked by hand."""
    folders = [folder, *map(Path, source.other_folders)]
    if source.archive:
        folders.append(folder / source.archive_folder)
    names = dict.fromkeys((file.name + source.suffix, file.name))
    return [each / name for each in folders for name in names]


def _first_existing(paths: list[Path]) -> Path | None:
    try:
        return next((path for path in paths if path.is_file()), None)
    except OSError as error:
        raise UserError(f"data.root: {error.filename} cannot be read ({error.strerror}).") from error
