"""The file: what is in it, and how large it is."""

import json
import re

import pytest

from mnist_exp.playground.networks import Network, Selection
from mnist_exp.playground.page import describe, in_page, write
from tests.playground.engine import arm_of, classifier, digits

SIX = ("sigmoid", "tanh", "relu", "leaky_relu", "swish", "mish")


def written(tmp_path, *arms, left_out=()):
    """The text of a page with one network."""
    write(Selection([digits()], [Network("net", 0, [*arms])], [*left_out]), tmp_path / "playground.html")
    return (tmp_path / "playground.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(("network", "most"), [("cnn", 8e6), ("mlp", 3e6)])
def test_six_networks_fit(tmp_path, network, most):
    arms = [arm_of(classifier(f"model={network}", activation=name), activation=name) for name in SIX]
    size = len(written(tmp_path, *arms).encode())
    print(f"six {network}: {size / 1e6:.1f} MB")
    assert size <= most


def test_text_from_names_ends_no_script(tmp_path):
    name = "</script><script>alert(1)</script>"
    page = written(tmp_path, arm_of(classifier("model=softmax"), activation=name), left_out=[name])
    assert "alert(1)</script>" not in page
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["left_out"] == [name]
    assert data["networks"][0]["arms"][0]["name"] == name


def test_the_page_loads_nothing_from_elsewhere(tmp_path):
    page = written(tmp_path, arm_of(classifier("model=softmax")))
    assert re.findall(r"""(?:src|href)=["'](?!data:)""", page) == []
    assert re.findall(r"https?://(?!www\.w3\.org/)", page) == []
    assert "default-src 'none'" in page


def test_json_in_the_page_stays_json():
    assert json.loads(in_page({"a": "<!--", "b": "\u2028"})) == {"a": "<!--", "b": "\u2028"}
    assert "<" not in in_page("<")


def test_the_networks_are_described_in_one_line():
    arm = arm_of(classifier("model=softmax"))
    assert describe([Network("cnn", 0, [arm, arm]), Network("mlp", 0, [arm])]) == "cnn (relu, relu); mlp (relu)"
