"""The file that is written."""

import json
import re
from html.parser import HTMLParser

import pytest

from mnist_exp.playground.networks import Network, Selection
from mnist_exp.playground.page import WORKER_SCRIPTS, describe, write
from mnist_exp.runs.files import PLAYGROUND
from tests.playground.engine import arm_of, classifier, digits

STUDY = ("sigmoid", "tanh", "relu", "leaky_relu", "swish", "mish")


class Scripts(HTMLParser):
    """The script elements of a page, as a browser would find them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "script":
            self.inside = True
            self.found.append((dict(attributes), ""))

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "script"

    def handle_data(self, data):
        if self.inside:
            attributes, text = self.found[-1]
            self.found[-1] = attributes, text + data

    def of_id(self, name: str) -> str:
        (text,) = [text for attributes, text in self.found if attributes.get("id") == name]
        return text


def written(folder, selection):
    write(selection, folder / PLAYGROUND)
    return (folder / PLAYGROUND).read_text(encoding="utf-8")


def selection_of(model: str, *names: str) -> Selection:
    arms = [arm_of(classifier(f"model={model}", activation=name), activation=name) for name in names]
    return Selection([digits()], [Network(model, 0, arms)])


def test_the_page_holds_the_data_and_the_scripts_of_the_worker(tmp_path):
    folder = tmp_path / "my sweep"
    folder.mkdir()
    text = written(folder, selection_of("softmax", "relu"))
    data = json.loads(Scripts(text).of_id("data"))
    assert (data["title"], data["left_out"]) == ("my sweep", [])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", data["made"])
    assert [network["name"] for network in data["networks"]] == ["softmax"]
    assert [step["op"] for step in data["networks"][0]["arms"][0]["steps"]] == ["flatten", "dense"]
    worker = Scripts(text).of_id("worker")
    assert all(f"function {name}" in worker for name in ("convolve", "runSteps", "distanceTo", "prepareDrawing"))
    assert len(WORKER_SCRIPTS) == worker.count("'use strict'")
    assert [path.name for path in folder.iterdir()] == [PLAYGROUND]


def test_nothing_is_loaded_from_elsewhere(tmp_path):
    text = written(tmp_path, selection_of("softmax", "relu"))
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)[^\"]*", markup)
    assert not re.findall(r"<script[^>]*\bsrc=", text)
    assert re.findall(r"https?://(?!www\.w3\.org/)", text) == []
    assert "default-src 'none'" in text


def test_names_with_markup_are_text(tmp_path):
    name = "</script><script>alert(1)</script><!--"
    selection = selection_of("softmax", "relu")
    selection.networks[:] = [Network(name, 0, selection.networks[0].arms)]
    selection.left_out.append(name)
    plain = Scripts(written(tmp_path, selection_of("softmax", "relu"))).found
    found = Scripts(written(tmp_path, selection)).found
    assert [attributes for attributes, _ in found] == [attributes for attributes, _ in plain]
    (data,) = [text for attributes, text in found if attributes.get("id") == "data"]
    assert json.loads(data)["left_out"] == [name]
    assert json.loads(data)["networks"][0]["name"] == name


@pytest.mark.slow
@pytest.mark.parametrize(("model", "megabytes"), [("cnn", 8), ("mlp", 3)])
def test_six_networks_are_not_large(tmp_path, model, megabytes):
    text = written(tmp_path, selection_of(model, *STUDY))
    print(f"six {model}: {len(text.encode()) / 1e6:.1f} MB")
    assert len(text.encode()) <= megabytes * 1e6


def test_networks_are_described_in_a_line():
    selection = selection_of("softmax", "relu")
    assert describe([*selection.networks, Network("mlp", 0, [])]) == "softmax (relu); mlp ()"
