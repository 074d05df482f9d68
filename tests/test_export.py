"""The ONNX file against the network it was written from."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from mnist_exp import registry
from mnist_exp.errors import UserError
from mnist_exp.export import Comparison, compare, export_run
from mnist_exp.models.activations import activation_factory
from mnist_exp.onnx_file import write_onnx
from mnist_exp.runs.run_selection import open_best
from tests.factories import VEHICLES

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def random_images(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def exported(readers, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "mish.onnx"
    trained = open_best(readers / "mish")
    write_onnx(trained, path)
    return trained, path


@pytest.mark.slow
def test_any_number_of_raw_images_gives_the_probabilities_of_the_checkpoint(exported):
    trained, path = exported
    session = onnxruntime.InferenceSession(path)
    (argument,) = session.get_inputs()
    assert (argument.name, argument.type, argument.shape[1:]) == ("pixels", "tensor(uint8)", [1, 28, 28])
    for n in (1, 7):
        images = random_images(n, seed=n)
        logits, probabilities = session.run(["logits", "probabilities"], {"pixels": images[:, None]})
        assert logits.shape == probabilities.shape == (n, 10)
        assert np.allclose(probabilities, trained.probabilities(images), atol=1e-5)


@pytest.mark.slow
def test_the_file_is_valid_and_names_its_run(exported):
    trained, path = exported
    graph = onnx.load(path)
    onnx.checker.check_model(graph, full_check=True)
    metadata = {entry.key: entry.value for entry in graph.metadata_props}
    assert (metadata["activation"], metadata["key"], metadata["data"]) == ("mish", trained.record.key, "mnist5k")
    assert metadata["test_acc"] == str(trained.record.test_acc)
    assert set(metadata) == {"model", "activation", "seed", "data", "test_acc", "key", "classes"}
    assert json.loads(metadata["classes"]) == [str(digit) for digit in range(10)]
    assert b".py" not in path.read_bytes()  # paths of the code on this machine


@pytest.mark.slow
def test_another_network_is_noticed(exported, readers):
    _, path = exported
    assert compare(open_best(readers / "relu"), path, random_images(50)).largest_difference > 1e-2


@pytest.mark.slow
@pytest.mark.parametrize("difference", [0.2, float("nan")])
def test_a_file_that_differs_is_not_written(readers, tmp_path, monkeypatch, difference):
    monkeypatch.setattr("mnist_exp.export.compare", lambda *_: Comparison(difference, 3))
    (tmp_path / "model.onnx").write_text("an older one")
    with pytest.raises(UserError, match=rf"largest difference {difference:.1e} .* nothing was written"):
        export_run(readers / "relu", tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("model.onnx", "an older one")]


class AllActivations(torch.nn.Sequential):
    """Every activation, each followed by a dense layer."""

    def __init__(self):
        super().__init__(torch.nn.Flatten(), torch.nn.Linear(784, 10))
        for name in registry.names("activation"):
            self.add_module(f"{name}_act", activation_factory(name, 0.01)())
            self.add_module(f"{name}_dense", torch.nn.Linear(10, 10))


@pytest.mark.slow
def test_every_activation_can_be_exported(readers, tmp_path):
    trained = open_best(readers / "relu")
    trained.model.network = AllActivations()
    write_onnx(trained, tmp_path / "all.onnx")
    assert compare(trained, tmp_path / "all.onnx", random_images(50)).largest_difference < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("network", ["residual", "nested"])
def test_networks_with_skip_connections_or_nested_layers_can_be_exported(own_networks, tmp_path, network):
    path = tmp_path / "own.onnx"
    message = export_run(own_networks / network, path)
    assert message.startswith(f"{network} relu seed 0 → {path}: ")
    assert "0 different predicted classes (onnxruntime against the checkpoint, 1000 test images" in message
    compared = compare(open_best(own_networks / network), path, random_images(50))
    assert compared.largest_difference < 1e-5
    assert compared.different_classes == 0


@pytest.mark.slow
def test_a_network_for_colour_images_can_be_exported(colour_run, colours, tmp_path):
    path = tmp_path / "colour.onnx"
    assert f"0 different predicted classes (onnxruntime against the checkpoint, 60 test images of {colours})" in (
        export_run(colour_run, path)
    )
    (argument,) = onnxruntime.InferenceSession(path).get_inputs()
    assert argument.shape[1:] == [3, 32, 32]
    metadata = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert json.loads(metadata["classes"]) == VEHICLES


class DataDependent(torch.nn.Module):
    """Its result depends on a branch, which a graph cannot have."""

    def forward(self, x):
        return x if x.sum() > 0 else -x


@pytest.mark.slow
def test_an_activation_that_onnx_cannot_express_ends_the_export_in_one_line(readers, tmp_path, monkeypatch, capfd):
    trained = open_best(readers / "relu")
    trained.model.network.conv1_act = DataDependent()
    trained.model.network.plain = True
    monkeypatch.setattr("mnist_exp.export.open_best", lambda _: trained)
    with pytest.raises(UserError, match=r"^cnn with the activation relu cannot be exported to ONNX: \S") as caught:
        export_run(readers / "relu", tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_file_that_onnxruntime_cannot_run_is_reported_in_one_line(readers, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(UserError, match=r"^cnn with the activation relu cannot be exported to ONNX: ") as caught:
        compare(open_best(readers / "relu"), tmp_path / "model.onnx", random_images(2))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_a_missing_package_gives_a_one_line_error(readers, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(UserError, match=rf"needs the package {package}: pip install -e '\.\[export\]'"):
        export_run(readers / "relu", tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_command_works_in_its_own_process(readers, tmp_path):
    command = [sys.executable, "-m", "mnist_exp.export", str(readers), str(tmp_path / "m.onnx")]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "1000 test images of mnist5k" in finished.stdout
    assert "largest difference" in finished.stdout


@pytest.mark.slow
def test_a_file_that_cannot_be_written_gives_a_one_line_error(readers, tmp_path):
    with pytest.raises(UserError, match=r"m\.onnx cannot be written: .*none is not a folder\.$"):
        export_run(readers / "relu", tmp_path / "none" / "m.onnx")
