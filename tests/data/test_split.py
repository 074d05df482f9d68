import numpy as np
import pytest

from mnist_exp.data.split import stratified_split

LABELS = np.repeat([0, 1, 2], [600, 300, 100])


def test_classes_keep_their_proportions():
    chosen, rest = stratified_split(LABELS, 100, seed=0)
    assert np.bincount(LABELS[chosen]).tolist() == [60, 30, 10]
    assert np.bincount(LABELS[rest]).tolist() == [540, 270, 90]


def test_every_example_is_in_exactly_one_part():
    chosen, rest = stratified_split(LABELS, 123, seed=0)
    assert len(chosen) == 123
    assert sorted([*chosen, *rest]) == list(range(1000))


@pytest.mark.parametrize("size", [1, 7, 333])
def test_uneven_sizes_are_off_by_at_most_one_per_class(size):
    chosen, _ = stratified_split(LABELS, size, seed=3)
    difference = np.bincount(LABELS[chosen], minlength=3) - np.array([0.6, 0.3, 0.1]) * size
    assert len(chosen) == size
    assert np.abs(difference).max() <= 1


def test_the_seed_decides_the_split():
    assert stratified_split(LABELS, 50, seed=1)[0].tolist() == stratified_split(LABELS, 50, seed=1)[0].tolist()
    assert stratified_split(LABELS, 50, seed=1)[0].tolist() != stratified_split(LABELS, 50, seed=2)[0].tolist()


def test_size_zero_leaves_everything_in_the_rest():
    chosen, rest = stratified_split(LABELS, 0, seed=0)
    assert (len(chosen), len(rest)) == (0, 1000)
