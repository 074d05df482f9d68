import pickle

import numpy as np
import pytest

from mnist_exp.data.cifar_files import parse_cifar_batch
from tests.data.synthetic_files import cifar_bytes

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
LABELS = np.array([9, 0, 3])


def test_a_batch_is_what_was_written():
    images, labels = parse_cifar_batch(cifar_bytes(IMAGES, LABELS))
    assert np.array_equal(images, IMAGES)
    assert labels.tolist() == LABELS.tolist()


def test_red_is_the_first_channel():
    """A row begins with the 1,024 red values."""
    row = np.repeat(np.uint8([[1, 2, 3]]), 1024)[None]
    images, _ = parse_cifar_batch(cifar_bytes(row.reshape(1, 3, 32, 32).transpose(0, 2, 3, 1), LABELS[:1]))
    assert images[0, 0, 0].tolist() == [1, 2, 3]


class Malicious:
    """Its pickle calls a function when it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def test_nothing_in_a_file_is_executed(tmp_path):
    path = tmp_path / "written"
    with pytest.raises(ValueError, match=r"it names io\.open"):
        parse_cifar_batch(pickle.dumps(Malicious(open, str(path), "w")))
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is not a batch file of CIFAR-10"),
        (pickle.dumps({"data": 1}), "it is not a batch file of CIFAR-10"),
        (cifar_bytes(IMAGES, LABELS)[:-100], "it is not a batch file of CIFAR-10"),
        (pickle.dumps({"data": np.zeros(3072, object)}, protocol=2), "it names _codecs.encode|type O8"),
        (cifar_bytes(IMAGES.astype(np.float32), LABELS), "it has an array of type f4"),
    ],
)
def test_other_content_is_refused(content, problem):
    with pytest.raises(ValueError, match=problem):
        parse_cifar_batch(content)
