"""Writes a file completely or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL = ".partial"  # how the name of a file ends while it is written; it begins with a dot


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new name beside `path`, to be written to. At the end it becomes `path`; after an exception it is removed.

    What was there before is replaced, also a link, whose target stays as it is.
    """
    partial = path.with_name(f".{path.name[:200]}.{os.getpid()}{PARTIAL}")
    try:
        partial.unlink(missing_ok=True)  # of a process that was killed and had this number
        yield partial
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a file completely or not at all."""
    with replacing(path) as partial, partial.open("xb") as file:
        file.write(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file, in UTF-8, completely or not at all."""
    write_bytes(path, text.encode())
