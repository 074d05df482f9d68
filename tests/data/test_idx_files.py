import gzip
from pathlib import Path

import pytest
from torchvision.datasets import MNIST

from mnist_exp.data.datasets import load
from mnist_exp.data.download import find_or_download
from mnist_exp.data.idx_files import MNIST_FILES, mnist_folder, read_idx
from mnist_exp.errors import UserError

IMAGES = "train-images-idx3-ubyte.gz"


def test_the_checksums_equal_torchvisions():
    assert list(MNIST_FILES.items()) == MNIST.resources


def test_arrays_are_writable(tiny_root):
    assert read_idx(mnist_folder(str(tiny_root)) / IMAGES).flags.writeable


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda original: original[: len(original) // 2], "is damaged: it is truncated"),
        (
            lambda original: gzip.compress(gzip.decompress(original)[:-1] + b"x", mtime=0),
            "its checksum differs from the official file's",
        ),
        (lambda _: b"<!DOCTYPE html><html></html>", "it is not a gzip file, it begins with b'<!DOCTYPE html>'"),
        (lambda _: b"", "it is not a gzip file"),
    ],
)
@pytest.mark.parametrize("action", [lambda root: find_or_download("mnist", root, True), lambda r: load("mnist", r)])
def test_a_damaged_file_is_named_with_what_to_do(tiny_root, change, problem, action):
    path = tiny_root / "MNIST" / "raw" / IMAGES
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(UserError) as refused:
        action(str(tiny_root))
    assert str(path) in str(refused.value)
    assert problem in str(refused.value)
    assert "Delete it" in str(refused.value)


def test_an_unreadable_file_is_an_error_and_is_not_downloaded_again(tiny_root, offline, monkeypatch):
    path = tiny_root / "MNIST" / "raw" / IMAGES
    read_bytes = Path.read_bytes

    def refuse(self):
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return read_bytes(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UserError, match=r"cannot be read \(Permission denied\)"):
        find_or_download("mnist", str(tiny_root), True)
    assert path.exists()
    assert offline == []


def test_an_empty_root_is_refused():
    with pytest.raises(UserError, match=r"data\.root is empty: unset MNIST_ROOT"):
        mnist_folder("")


def test_home_can_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert mnist_folder("~/data") == tmp_path / "data" / "MNIST" / "raw"


def test_a_root_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is a file; it should be a folder"):
        mnist_folder(str(tmp_path / "file"))
