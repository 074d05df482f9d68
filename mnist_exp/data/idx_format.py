"""The IDX format of MNIST's files: two zeros, a type, the number of dimensions, the sizes, the values."""

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from mnist_exp.errors import UserError

GZIP = b"\x1f\x8b"
DTYPES: dict[int, np.dtype[Any]] = {
    8: np.dtype(np.uint8),
    12: np.dtype(">i4"),
}  # those that the data sets use, of six in the format


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises UserError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from error


def decompressed(raw: bytes) -> bytes:
    """The content of a file that may be gzipped. Raises ValueError if it is truncated or corrupt."""
    if raw[:2] != GZIP:
        return raw
    try:
        return gzip.decompress(raw)
    except EOFError as error:
        raise ValueError("it is truncated") from error
    except (OSError, ValueError, zlib.error) as error:
        raise ValueError("it cannot be decompressed") from error


def parse_idx(content: bytes) -> np.ndarray:
    """The array in the content of an IDX file; writable, as torch requires.

    Raises:
        ValueError: It has another format or another length than its header says. The message says which.
    """
    if len(content) < 4 or content[:2] != b"\0\0" or not 1 <= content[3] <= 4:
        hint = " (is it a saved web page?)" if content[:1] == b"<" else ""
        raise ValueError(f"it is neither a gzip nor an IDX file, it begins with {content[:15]!r}{hint}")
    if content[2] not in DTYPES:
        raise ValueError(f"its values have the IDX type {content[2]}; bytes (8) and 4-byte integers (12) can be read")
    dtype, start = DTYPES[content[2]], 4 + 4 * content[3]
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    excess = len(content) - start - math.prod(shape) * dtype.itemsize
    if excess:
        raise ValueError("it is truncated" if excess < 0 else f"it has {excess} bytes too many")
    array: np.ndarray = np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
    return array
