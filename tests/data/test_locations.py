from dataclasses import replace

import pytest

from mnist_exp.data import catalogue
from mnist_exp.data.data_set import DataFile
from mnist_exp.data.datasets import data_set
from mnist_exp.data.locations import archive_path, data_folder, found_files
from mnist_exp.errors import UserError

MNIST = data_set("mnist")


def test_an_empty_root_is_refused():
    with pytest.raises(UserError, match=r"data\.root is empty: unset MNIST_ROOT, .* contains KMNIST/raw/\*\.gz"):
        data_folder(data_set("kmnist"), "")


def test_a_set_without_files_needs_no_root():
    assert found_files(data_set("mnist5k"), "") == {}


def test_home_can_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder(MNIST, "~/data") == tmp_path / "data" / "MNIST" / "raw"
    assert archive_path(data_set("cifar10"), "~/data") == tmp_path / "data" / "cifar-10-python.tar.gz"
    assert archive_path(MNIST, "~/data") is None


def test_a_root_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is a file; it should be a folder"):
        data_folder(MNIST, str(tmp_path / "file"))


def test_data_sets_with_equal_file_names_have_different_folders(tmp_path):
    folders = [data_folder(data_set(name), str(tmp_path)) for name in ("mnist", "fashion_mnist", "kmnist")]
    assert len(set(folders)) == 3


@pytest.mark.parametrize("name", ["{}.gz", "{}", "gzip/{}.gz", "gzip/{}"])
def test_a_file_is_found_packed_unpacked_and_where_the_archive_was_unpacked(tmp_path, name):
    source = data_set("emnist_letters")
    file = source.files[0]
    path = tmp_path / "EMNIST" / "raw" / name.format(file.name)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    found = found_files(source, str(tmp_path))
    assert found == {file: path} | dict.fromkeys(source.files[1:])


def test_other_folders_are_searched_after_the_root(tmp_path):
    """As /usr/share/datasets/fashion-mnist, where Debian puts Fashion-MNIST."""
    assert catalogue.FASHION_MNIST.other_folders == ("/usr/share/datasets/fashion-mnist",)
    debian, files = tmp_path / "debian", (DataFile("a"), DataFile("b"))
    source = replace(catalogue.FASHION_MNIST, other_folders=(str(debian),), files=files)
    raw = tmp_path / "FashionMNIST" / "raw"
    for path in (debian / "a.gz", debian / "b.gz", raw / "b"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    assert found_files(source, str(tmp_path)) == {files[0]: debian / "a.gz", files[1]: raw / "b"}
