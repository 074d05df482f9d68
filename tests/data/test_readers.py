import gzip

import numpy as np
import pytest
import torchvision.datasets
from PIL import Image

from mnist_exp.data.datasets import data_set, load
from mnist_exp.errors import UserError
from tests.data.synthetic_files import WITH_FILES, arrays, idx_bytes, packed


@pytest.mark.parametrize("name", WITH_FILES)
def test_every_set_is_read_from_files_of_its_format(tiny, section, name):
    train, test = load(section(name, tiny(name)))
    for ours, expected in zip((*train, *test), arrays(name), strict=True):
        assert np.array_equal(ours, expected)
    assert train.images.shape[1:] == ((32, 32, 3) if name == "cifar10" else (28, 28))
    assert {part.images.dtype for part in (train, test)} == {np.dtype(np.uint8)}
    assert all(part.images.flags.writeable and part.images.flags.c_contiguous for part in (train, test))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist", "emnist_balanced", "emnist_letters", "qmnist"])
def test_torchvision_reads_the_same_from_the_unpacked_files(tiny, section, name, tmp_path):
    root, row = tiny(name), data_set(name)
    train, test = load(section(name, root))
    for path in (tmp_path / "root" / row.folder).iterdir():
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    for ours, is_train in ((train, True), (test, False)):
        split = {"split": name.partition("_")[2]} if row.torchvision == "EMNIST" else {}
        theirs = getattr(torchvision.datasets, row.torchvision)(root, train=is_train, **split)
        images, labels = theirs.data.numpy(), np.array([theirs[i][1] for i in range(len(theirs))])
        assert np.array_equal(ours.images, images.transpose(0, 2, 1) if split else images)
        assert np.array_equal(ours.labels, labels - (name == "emnist_letters"))


def test_torchvision_reads_the_same_from_the_files_of_cifar10(tiny, section, monkeypatch):
    root = tiny("cifar10")
    row, kind = data_set("cifar10"), torchvision.datasets.CIFAR10
    sums = [[file.name, file.md5] for file in row.files]
    monkeypatch.setattr(kind, "train_list", sums[:5])
    monkeypatch.setattr(kind, "test_list", sums[5:])
    monkeypatch.setattr(kind, "_load_meta", lambda _: None)
    for ours, is_train in zip(load(section("cifar10", root)), (True, False), strict=True):
        theirs = kind(root, train=is_train)
        assert np.array_equal(ours.images, theirs.data)
        assert ours.labels.tolist() == theirs.targets


def test_an_upright_l_in_emnist_stays_upright(tiny, section, tmp_path):
    """Its files exchange rows and columns."""
    root = tiny("emnist_letters")
    upright = Image.new("L", (28, 28))
    upright.paste(255, (5, 2, 8, 25))  # the long stroke on the left
    upright.paste(255, (5, 22, 20, 25))  # the short one at the bottom
    images = np.stack([np.asarray(upright).T] * 52)
    path = tmp_path / "root" / "EMNIST" / "raw" / "emnist-letters-test-images-idx3-ubyte.gz"
    path.write_bytes(packed(idx_bytes(images)))
    _, test = load(section("emnist_letters", root))
    assert np.array_equal(test.images[0], np.asarray(upright))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("train-images-idx3", np.zeros((7, 28, 28), np.uint8)),
        ("train-images-idx3", np.zeros((188, 14, 56), np.uint8)),
        ("train-labels-idx1", np.full(188, 47, np.uint8)),
    ],
)
def test_files_without_an_official_sum_must_have_the_sizes_and_labels_of_the_set(
    tiny, section, tmp_path, file, content
):
    root = tiny("emnist_balanced")
    path = tmp_path / "root" / "EMNIST" / "raw" / f"emnist-balanced-{file}-ubyte.gz"
    path.write_bytes(packed(idx_bytes(content)))
    with pytest.raises(UserError) as refused:
        load(section("emnist_balanced", root))
    assert str(refused.value).startswith(f"{path} is not the official EMNIST Balanced file; ")


def test_a_letter_with_label_zero_is_refused(tiny, section, tmp_path):
    root = tiny("emnist_letters")
    path = tmp_path / "root" / "EMNIST" / "raw" / "emnist-letters-test-labels-idx1-ubyte.gz"
    path.write_bytes(packed(idx_bytes(np.arange(52, dtype=np.uint8) % 26)))
    with pytest.raises(UserError, match="is not the official EMNIST Letters file"):
        load(section("emnist_letters", root))
