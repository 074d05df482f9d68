import hashlib
import sys

import numpy as np
import pytest
import torch

from mnist_exp.data.own import load_own
from mnist_exp.errors import UserError

HEAD = """
import numpy as np
import torch

RNG = np.random.default_rng(0)
CALLS = []

def images(n, *shape):
    return RNG.integers(0, 256, (n, *shape), dtype=np.uint8)
"""
GREY = """
def load():
    CALLS.append(1)
    return (images(6, 3, 4), np.arange(6) % 3), (images(3, 3, 4), np.arange(3))
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """module(code) writes my_data.py, which can then be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(code: str) -> None:
        sys.modules.pop("my_data", None)
        (tmp_path / "my_data.py").write_text(HEAD + code)

    yield write
    sys.modules.pop("my_data", None)


def loaded(options=None, classes=None, root="somewhere", target="my_data:load"):
    return load_own(target, root, options or {}, classes)


def refusal(**given) -> str:
    with pytest.raises(UserError) as refused:
        loaded(**given)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_arrays_are_returned_with_their_facts(module):
    module(GREY)
    own = loaded(classes=["a", "b", "c"])
    module("")
    import my_data

    my_data.RNG = np.random.default_rng(0)
    assert np.array_equal(own.train.images, my_data.images(6, 3, 4))
    assert own.test.labels.tolist() == [0, 1, 2]
    assert (own.facts.shape, own.facts.classes) == ([1, 3, 4], ["a", "b", "c"])
    pixels = own.train.images / 255
    assert (own.facts.mean, own.facts.std) == (round(pixels.mean(), 4), round(pixels.std(), 4))


def test_colour_has_statistics_for_each_channel(module):
    module("def load():\n    return (images(6, 3, 4, 3), np.arange(6) % 2), (images(2, 3, 4, 3), np.arange(2))")
    own = loaded()
    pixels = own.train.images.reshape(-1, 3) / 255
    assert own.facts.shape == [3, 3, 4]
    assert own.facts.mean == pixels.mean(0).round(4).tolist()
    assert own.facts.std == pixels.std(0).round(4).tolist()


def test_a_channel_that_is_the_same_everywhere_is_not_scaled(module):
    module("def load():\n    part = np.full((4, 2, 2), 51, np.uint8), np.arange(4) % 2\n    return part, part")
    facts = loaded().facts
    assert (facts.mean, facts.std) == (0.2, 1.0)


def test_torch_tensors_and_floats_are_converted(module):
    module(
        "def load():\n    x = torch.tensor([[[0.0, 0.5]], [[1.0, 0.002]]])\n"
        "    return (x, torch.tensor([0, 1])), (x.numpy(), torch.tensor([1, 0]))"
    )
    own = loaded()
    assert own.train.images.tolist() == [[[0, 128]], [[255, 1]]]
    assert (own.train.images.dtype, own.train.labels.dtype) == (np.uint8, np.int64)
    assert torch.from_numpy(own.train.images).dtype == torch.uint8  # no warning about memory that cannot be written


def test_root_and_options_are_passed_to_the_arguments_of_those_names(module):
    module(
        "def load(root, n, flip=False):\n    assert (root, n, flip) == ('somewhere', 4, True)\n"
        "    return (images(n, 2, 2), np.arange(n) % 2), (images(2, 2, 2), np.arange(2))"
    )
    assert len(loaded({"n": 4, "flip": True}).train.labels) == 4


def test_the_function_is_called_once_for_the_same_arguments(module):
    module(GREY)
    first = loaded(classes=["a", "b", "c"])
    assert loaded(classes=["a", "b", "c"]) is first
    assert sys.modules["my_data"].CALLS == [1]
    assert loaded().facts.classes == ["0", "1", "2"]


def test_the_digest_is_the_same_for_equal_arrays_and_another_for_one_changed_pixel(module):
    constant = "    x = np.zeros((4, 2, 2), np.uint8)\n    {}\n    return (x, np.arange(4) % 2), (x, np.arange(4) % 2)"
    digests = []
    for change in ("pass", "x = np.array(x, order='F')", "x[0, 0, 0] = 1"):
        module("def load():\n" + constant.format(change))
        digests.append(loaded().digest)
    images, labels = np.zeros((4, 2, 2), np.uint8), np.arange(4) % 2
    part = b"(4, 2, 2) |u1" + images.tobytes() + b"(4,) <i8" + labels.astype("<i8").tobytes()
    assert digests[0] == digests[1] == hashlib.sha256(part * 2).hexdigest()[:16]
    assert digests[2] != digests[0]


def test_class_names_can_be_returned(module):
    module("def load():\n    x = images(2, 2, 2)\n    return (x, np.arange(2)), (x, np.arange(2)), ['cat', 'dog']")
    assert loaded().facts.classes == ["cat", "dog"]
    assert loaded(classes=["c", "d"]).facts.classes == ["c", "d"]


def test_a_dotted_name_is_loaded_too(module):
    module(GREY)
    assert len(loaded(target="my_data.load").train.labels) == 6


@pytest.mark.parametrize(
    ("code", "options", "line"),
    [
        ("load = 3", {}, "my_data:load must be a function that returns the data, not int."),
        (
            "def load():\n    pass",
            {"size": 3},
            "The function my_data:load has no argument 'size' (data). It has none.",
        ),
        (
            "def load(root, path):\n    pass",
            {},
            "The function my_data:load needs path: set +data.path=…",
        ),
        (
            "def load():\n    return np.zeros(3).reshape(2, 2)",
            {},
            "my_data.py, line 11: ValueError: cannot reshape array of size 3 into shape (2,2)",
        ),
        ("def load():\n    raise KeyError", {}, "my_data.py, line 11: KeyError"),
        ("def load():\n    return None", {}, "my_data:load must return ((train images, train labels), (test images, "),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(module, code, options, line):
    module(code)
    assert line in refusal(options=options)


def test_an_error_for_the_user_is_passed_on(module):
    module("from mnist_exp.errors import UserError\ndef load():\n    raise UserError('My file is missing.')")
    assert refusal() == "My file is missing."


def test_an_unknown_function_is_refused(module):
    module(GREY)
    assert refusal(target="my_data.laod").startswith("my_data: attribute 'laod' is unknown. Did you mean 'load'?")
