import subprocess
import sys

import numpy as np
import pytest
import torch

from mnist_exp.errors import UserError
from mnist_exp.export import export, export_run, largest_difference
from mnist_exp.models.activations import ACTIVATIONS, make_activation
from mnist_exp.runs.run_selection import open_best
from mnist_exp.training.classifier import Standardise

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def exported(readers, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "mish.onnx"
    trained = open_best(readers / "mish")
    export(trained, path)
    return trained, path


def test_raw_pixels_go_in_and_any_number_of_them(exported):
    trained, path = exported
    session = onnxruntime.InferenceSession(path)
    (given,) = session.get_inputs()
    assert (given.name, given.type, given.shape[1:]) == ("pixels", "tensor(uint8)", [1, 28, 28])
    for n in (1, 7):
        images = np.random.default_rng(n).integers(0, 256, (n, 28, 28), dtype=np.uint8)
        logits, probabilities = session.run(["logits", "probabilities"], {"pixels": images[:, None]})
        assert logits.shape == probabilities.shape == (n, 10)
        assert np.allclose(probabilities, trained.probabilities(images), atol=1e-5)


def test_the_graph_is_valid_and_says_which_run_it_is_of(exported):
    trained, path = exported
    graph = onnx.load(path)
    onnx.checker.check_model(graph, full_check=True)
    told = {entry.key: entry.value for entry in graph.metadata_props}
    assert (told["activation"], told["key"], told["data"]) == ("mish", trained.record["key"], "mnist5k")
    assert b".py" not in path.read_bytes()  # nor where on this disk the code lay


def test_another_network_would_be_noticed(exported, readers):
    _, path = exported
    images = np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8)
    assert largest_difference(open_best(readers / "relu"), path, images)[0] > 1e-2


@pytest.mark.parametrize("difference", [0.2, float("nan")])
def test_an_export_that_differs_is_refused(readers, tmp_path, monkeypatch, difference):
    monkeypatch.setattr("mnist_exp.export.largest_difference", lambda *_: (difference, 3))
    (tmp_path / "model.onnx").write_text("an older one")
    with pytest.raises(UserError, match=rf"largest difference {difference:.1e} .* nothing was written"):
        export_run(readers / "relu", tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("model.onnx", "an older one")]


class Every(torch.nn.Sequential):
    """All activations, one after the other, behind a dense layer that is there for the pixels."""

    def __init__(self):
        super().__init__(Standardise(0.13, 0.31), torch.nn.Flatten(), torch.nn.Linear(784, 10))
        for i, activation in enumerate(ACTIVATIONS):
            self.add_module(f"act{i}", make_activation(activation, 0.01))
            self.add_module(f"dense{i}", torch.nn.Linear(10, 10))


def test_every_activation_can_be_exported(readers, tmp_path):
    trained = open_best(readers / "relu")
    trained.model.network = Every()
    export(trained, tmp_path / "every.onnx")
    images = np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8)
    assert largest_difference(trained, tmp_path / "every.onnx", images)[0] < 1e-5


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_without_the_extra_one_line_says_how_to_get_it(readers, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(UserError, match=rf"needs the package {package}: pip install -e '\.\[export\]'"):
        export_run(readers / "relu", tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_command(readers, tmp_path):
    typed = [sys.executable, "-m", "mnist_exp.export", str(readers)]
    ran = subprocess.run([*typed, str(tmp_path / "m.onnx")], capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "1000 test images of mnist5k" in ran.stdout
    assert "largest difference" in ran.stdout


def test_a_file_that_cannot_be_written_is_said_in_one_line(readers, tmp_path):
    with pytest.raises(UserError, match=r"m\.onnx cannot be written \(No such file or directory\)\.$"):
        export_run(readers / "relu", tmp_path / "none" / "m.onnx")
