"""Reads files that may be damaged or come from elsewhere: regular files within their folder, up to a size."""

import json
import logging
import os
import stat
from functools import cache
from pathlib import Path
from typing import Any

from mnist_exp.errors import UserError

log = logging.getLogger(__name__)
MB = 1_000_000


class DamagedError(UserError):
    """A file that cannot be used, and why, in one line."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, " ".join(reason.split())
        super().__init__(f"{path}: {self.reason}")


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a regular file. Raises DamagedError, and FileNotFoundError if there is none, or no folder.

    Args:
        path: the file; a link must lead to a file in its own folder.
        most: bytes.
    """
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(path.parent.resolve()):
        raise DamagedError(path, "it is a link that leaves its folder")
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # never waits for a FIFO
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise DamagedError(path, f"it is {_kind(found.st_mode)}, not a file")
            if found.st_size > most:
                raise DamagedError(path, f"it has {found.st_size / MB:,.0f} MB, more than {most / MB:,.0f}")
            return file.read(most)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except IsADirectoryError:  # `open` refuses what os.open does not
        raise DamagedError(path, "it is a folder, not a file") from None
    except OSError as error:
        raise DamagedError(path, f"it cannot be read ({error.strerror})") from error


def _kind(mode: int) -> str:
    return "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a device"


def read_json(path: Path, most: int) -> Any:
    """The content of a JSON file. Raises DamagedError, and FileNotFoundError if there is none."""
    content = read_bytes(path, most)
    try:
        return json.loads(content.decode(), parse_constant=_refuse)
    except RecursionError:
        raise DamagedError(path, "it is nested too deeply") from None
    except ValueError as error:
        reason = "it is empty" if not content.strip() else f"it is not JSON ({error})"
        raise DamagedError(path, reason) from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number of JSON")


@cache
def warn_once(line: str) -> None:
    """Log a warning the first time that this process has it."""
    log.warning("! %s", line)


def set_aside(path: Path) -> Path:
    """Rename a file or folder that stands where another is to be written. Returns its new path."""
    number, target = 1, path.with_name(f"{path.name}.damaged")
    while os.path.lexists(target):
        number += 1
        target = path.with_name(f"{path.name}.damaged-{number}")
    return path.rename(target)


def set_aside_unless_regular(path: Path) -> None:
    """Make room for a regular file."""
    if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        set_aside(path)


def set_aside_unless_folder(path: Path) -> None:
    """Make room for a folder; a link to one is one."""
    if os.path.lexists(path) and not path.is_dir():
        set_aside(path)
