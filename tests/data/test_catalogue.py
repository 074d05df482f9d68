import os
import re
from pathlib import Path

import numpy as np
import pytest
import torchvision.datasets
import yaml

from mnist_exp import registry
from mnist_exp.config import CONF
from mnist_exp.data.data_set import DataSet
from mnist_exp.data.datasets import data_set
from mnist_exp.data.locations import found_files
from tests.data.synthetic_files import WITH_FILES

DOCS = Path(__file__).parents[2] / "docs" / "data.md"
IN_ONE_FOLDER = ["mnist", "fashion_mnist", "kmnist"]


def test_every_name_of_the_registry_is_a_data_set():
    assert [type(data_set(name)) for name in registry.names("data")] == [DataSet] * 9


@pytest.mark.parametrize("name", IN_ONE_FOLDER)
def test_files_sums_and_folders_of_idx_sets_are_torchvisions(name):
    row = data_set(name)
    kind = getattr(torchvision.datasets, row.torchvision)
    assert [(f"{file.name}.gz", file.md5) for file in row.files] == kind.resources
    assert row.folder == f"{kind.__name__}/raw"


def test_files_and_sums_of_qmnist_are_torchvisions():
    resources = torchvision.datasets.QMNIST.resources
    expected = [(url.rpartition("/")[2], md5) for part in ("train", "test") for url, md5 in resources[part]]
    assert [(f"{file.name}.gz", file.md5) for file in data_set("qmnist").files] == expected


def test_files_and_sums_of_cifar10_are_torchvisions():
    kind, row = torchvision.datasets.CIFAR10, data_set("cifar10")
    assert [[file.name, file.md5] for file in row.files] == [*kind.train_list, *kind.test_list]
    assert (row.archive.name, row.archive.md5, row.folder) == (kind.filename, kind.tgz_md5, kind.base_folder)


@pytest.mark.parametrize("split", ["digits", "letters", "balanced"])
def test_archive_and_classes_of_emnist_are_torchvisions(split):
    kind, row = torchvision.datasets.EMNIST, data_set(f"emnist_{split}")
    assert (row.archive.name, row.archive.md5) == (f"EMNIST/raw/{Path(kind.url).name}", kind.md5)
    assert row.facts.classes == [name for name in kind.classes_split_dict[split] if name != "N/A"]


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist", "qmnist"])
def test_class_names_are_torchvisions(name):
    row = data_set(name)
    names = getattr(torchvision.datasets, row.torchvision).classes
    assert row.facts.classes == [each.split(" - ")[0] for each in names]  # "7 - seven" for the digits


def test_only_pen_strokes_count_as_handwriting():
    others = [name for name in registry.names("data") if not data_set(name).handwriting]
    assert others == ["fashion_mnist", "kmnist", "cifar10"]


@pytest.mark.parametrize("name", registry.names("data"))
def test_validation_is_about_a_twelfth_and_divides_by_the_classes(name):
    file = yaml.safe_load((CONF / "data" / f"{name}.yaml").read_text())
    row, val_size = data_set(name), file.get("data", file)["val_size"]
    assert 1 / 13 < val_size / row.train_size < 1 / 7.9
    assert val_size % row.facts.num_classes == 0


@pytest.mark.parametrize("name", registry.names("data"))
def test_the_documentation_has_a_row_with_the_facts_of_the_table(name):
    row = data_set(name)
    line = next(line for line in DOCS.read_text().splitlines() if line.startswith(f"| `{name}` |"))
    channels, height, width = row.facts.shape
    for fact in (
        f"{row.train_size:,} + {row.test_size:,}",
        f"{height}×{width}, {'grey' if channels == 1 else 'colour'}",
        f"| {row.facts.num_classes} |",
        row.licence,
        row.source,
    ):
        assert fact in re.sub(" +", " ", line)


@pytest.mark.full_data
@pytest.mark.parametrize("name", WITH_FILES)
def test_mean_and_sd_are_those_of_the_training_images_where_there_are_files(name):
    row, root = data_set(name), os.environ["MNIST_ROOT"]
    paths = list(found_files(row, root).values())
    if None in paths:
        pytest.skip(f"{row.folder} is not in MNIST_ROOT")
    images = row.read(row, paths)[0].images
    channels = [images] if images.ndim == 3 else np.moveaxis(images, -1, 0)
    expected = [[round(float(getattr(c / 255, f)()), 4) for c in channels] for f in ("mean", "std")]
    assert [np.ravel(row.facts.mean).tolist(), np.ravel(row.facts.std).tolist()] == expected
