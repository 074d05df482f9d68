import gzip
import re

import numpy as np
import pytest
from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor

from mnist_exp.data.idx_format import decompressed, parse_idx, read_bytes
from mnist_exp.errors import UserError
from tests.data.synthetic_files import idx_bytes

BYTES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
INTEGERS = np.array([[1, -2], [70_000, 2**31 - 1]], np.int32)


@pytest.mark.parametrize("array", [BYTES, INTEGERS, BYTES[0, 0]], ids=["bytes", "integers", "labels"])
def test_an_array_is_what_was_written_and_what_torchvision_reads(tmp_path, array):
    parsed = parse_idx(idx_bytes(array))
    assert np.array_equal(parsed, array)
    assert (parsed.dtype, parsed.flags.writeable) == (array.dtype, True)
    (tmp_path / "file").write_bytes(idx_bytes(array))
    assert np.array_equal(parsed, read_sn3_pascalvincent_tensor(tmp_path / "file").numpy())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (idx_bytes(BYTES)[:-1], "it is truncated"),
        (idx_bytes(BYTES) + b"xy", "it has 2 bytes too many"),
        (idx_bytes(BYTES)[:7], "it is truncated"),
        (b"", "it is neither a gzip nor an IDX file, it begins with b''"),
        (
            b"<!DOCTYPE html><html></html>",
            "it is neither a gzip nor an IDX file, it begins with b'<!DOCTYPE html>' (is it a saved web page?)",
        ),
        (b"\0\0\x0d\x01" + bytes(8), "its values have the IDX type 13; bytes (8) and 4-byte integers (12) can be read"),
    ],
)
def test_other_content_is_described(content, problem):
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}$"):
        parse_idx(content)


def test_content_is_decompressed_if_it_is_gzipped():
    assert decompressed(gzip.compress(b"content")) == decompressed(b"content") == b"content"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda raw: raw[:-9], "it is truncated"),
        (lambda raw: raw[:-8] + b"\0\0\0\0" + raw[-4:], "it cannot be decompressed"),
        (lambda raw: raw[:12] + b"\xff\xff\xff" + raw[15:], "it cannot be decompressed"),
    ],
)
def test_a_corrupt_gzip_file_is_described(change, problem):
    with pytest.raises(ValueError, match=problem):
        decompressed(change(gzip.compress(bytes(range(256)) * 4)))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UserError, match=r"none cannot be read \(No such file or directory\)"):
        read_bytes(tmp_path / "none")
