import numpy as np
import pytest

from mnist_exp.data.idx_files import NAMES, load_idx
from mnist_exp.data.own import load_own
from mnist_exp.errors import UserError
from tests.data.synthetic_files import idx_bytes, packed

RNG = np.random.default_rng(0)
ARRAYS = [
    *(RNG.integers(0, 256, (6, 5, 4), dtype=np.uint8), np.arange(6, dtype=np.uint8) % 2),
    *(RNG.integers(0, 256, (3, 5, 4), dtype=np.uint8), np.arange(3, dtype=np.uint8) % 2),
]


@pytest.fixture
def folder(tmp_path):
    """Two of the files are gzipped, two are not."""
    for name, array, suffix in zip(NAMES, ARRAYS, (".gz", "", "", ".gz"), strict=True):
        content = idx_bytes(array)
        (tmp_path / (name + suffix)).write_bytes(packed(content) if suffix else content)
    return tmp_path


def test_any_content_under_mnists_names_is_read(folder):
    train, test = load_idx(str(folder))
    for ours, expected in zip((*train, *test), ARRAYS, strict=True):
        assert np.array_equal(ours, expected)


def test_classes_can_be_named(folder):
    own = load_own("mnist_exp.data.idx_files.load_idx", str(folder), {}, ["cat", "dog"])
    assert (own.facts.shape, own.facts.classes) == ([1, 5, 4], ["cat", "dog"])


def test_a_missing_file_is_named(folder):
    (folder / NAMES[1]).unlink()
    with pytest.raises(UserError, match=rf"{folder} has no file {NAMES[1]}\.gz or {NAMES[1]}; data=idx reads four"):
        load_idx(str(folder))


def test_a_damaged_file_is_named_and_not_to_be_downloaded(folder):
    path = folder / NAMES[1]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError) as refused:
        load_idx(str(folder))
    assert str(refused.value) == f"{path} is damaged: it is truncated."
