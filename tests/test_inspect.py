"""The figures and the classification report of a finished run."""

import csv
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import precision_recall_fscore_support
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from mnist_exp.config.schema import ImageFacts
from mnist_exp.data.datasets import load
from mnist_exp.errors import UserError
from mnist_exp.inspect import as_text, classification_report, inspect_run, layer_figures, prediction_figures
from mnist_exp.runs.files import read_record, write_record
from mnist_exp.runs.record import PerClass
from mnist_exp.training.build import build_classifier
from mnist_exp.training.run import run
from tests.conftest import QUICK
from tests.factories import VEHICLES, data_config, record

EVERY_RUN = {"confusion", "calibration", "mistakes", "doubtful", "curves"}


def figure_names(run_dir):
    return {path.name.removesuffix(".png") for path in (run_dir / "figures").glob("*.png")}


@pytest.fixture(scope="module")
def drawn(plain, tmp_path_factory):
    """A small convolutional run with every figure and diagnostic."""
    run_dir = tmp_path_factory.mktemp("run")
    overrides = [*QUICK, "model=cnn", "model.channels=[4,5]", "model.hidden=[6]"]
    diagnostics = ["diagnostics.figures=true", "diagnostics.histograms=true", "diagnostics.projector=true"]
    run(plain(*overrides, *diagnostics), run_dir, overrides)
    return run_dir


@pytest.mark.slow
def test_a_run_is_drawn_at_its_end(drawn):
    assert figure_names(drawn) == {"filters", "maps_conv1", "maps_conv2", "probes"} | EVERY_RUN


@pytest.mark.slow
def test_tensorboard_has_the_same_figures(drawn):
    events = EventAccumulator(str(drawn), size_guidance={"images": 0}).Reload()
    assert set(events.Tags()["images"]) == figure_names(drawn)
    (image,) = events.Images("filters")
    assert image.encoded_image_string == (drawn / "figures" / "filters.png").read_bytes()
    assert "conv1.weight" in events.Tags()["histograms"]
    assert "dead/conv1" in events.Tags()["scalars"]
    assert (drawn / "projector_config.pbtxt").exists()


@pytest.mark.slow
def test_the_report_equals_that_of_scikit_learn(drawn):
    per_class = read_record(drawn).per_class
    counts = np.ravel(per_class["confusion"])
    actual, predicted = (np.repeat(side, counts) for side in np.indices((10, 10)).reshape(2, -1))
    rows = classification_report(per_class, read_record(drawn).config.images.classes)
    for average, row in (("macro", rows[-2]), ("weighted", rows[-1])):
        expected = precision_recall_fscore_support(actual, predicted, average=average, zero_division=0)
        assert [row.precision, row.recall, row.f1] == pytest.approx(list(expected[:3]))
    assert [row.support for row in rows] == [*np.bincount(actual), len(actual), len(actual)]
    stored = list(csv.DictReader((drawn / "figures" / "report.csv").read_text().splitlines()))
    assert list(stored[0]) == ["digit", "precision", "recall", "f1", "support"]
    assert [row["digit"] for row in stored] == [*map(str, range(10)), "macro average", "weighted average"]
    assert (drawn / "figures" / "report.txt").read_text() == as_text(rows) + "\n"


@pytest.mark.slow
def test_a_colour_run_is_drawn_at_its_end_and_again(colour_run, colours):
    assert figure_names(colour_run) == {"filters", "maps_conv1", "maps_conv2", "probes"} | EVERY_RUN
    stored = list(csv.DictReader((colour_run / "figures" / "report.csv").read_text().splitlines()))
    assert [row["digit"] for row in stored] == [*VEHICLES, "macro average", "weighted average"]
    before = {path.name: path.read_bytes() for path in (colour_run / "figures").glob("*.png")}
    assert "container ship" in inspect_run(colour_run)
    assert {path.name: path.read_bytes() for path in (colour_run / "figures").glob("*.png")} == before
    assert read_record(colour_run).data == colours


@pytest.fixture
def known_predictions():
    """Ten classes, 20 images; the first two are predicted wrongly. Named figures of them."""

    def make(classes):
        labels = np.arange(20) % 10
        probabilities = np.full((20, 10), 0.01)
        probabilities[np.arange(20), labels] = 0.91
        probabilities[:2] = np.roll(probabilities[:2], 1, axis=1)
        confusion = [[0] * 10 for _ in range(10)]
        per_class = PerClass(precision=[], recall=[], f1=[], support=[], confusion=confusion)
        images = np.zeros((20, 6, 8, 3), dtype=np.uint8)
        return dict(prediction_figures(per_class, classes, images, labels, probabilities))

    return make


@pytest.mark.parametrize(
    ("classes", "mistakes", "doubtful"),
    [
        ([str(i) for i in range(10)], ["0 as 1: 91%", "1 as 2: 91%"], "2: 91%"),
        (VEHICLES, ["airplane\nas automobile: 91%", "automobile\nas bird: 91%"], "bird:\n91%"),
    ],
    ids=["digits", "names"],
)
def test_captions_of_mistakes_are_the_names_of_the_classes(known_predictions, classes, mistakes, doubtful):
    figures = known_predictions(classes)
    assert [text.get_text() for text in figures["mistakes"].axes[0].texts] == mistakes
    assert figures["doubtful"].axes[0].texts[0].get_text() == doubtful
    assert [label.get_text() for label in figures["confusion"].axes[0].get_yticklabels()] == classes


def test_feature_maps_are_drawn_for_at_most_ten_classes(plain):
    labels = np.repeat(np.arange(47), 2)
    images = np.zeros((94, 28, 28), dtype=np.uint8)
    figures = dict(layer_figures(build_classifier(plain(*QUICK, "model=cnn", "model.channels=[2]")), images, labels))
    assert figures["maps_conv1"].axes[0].get_images()[0].get_array().shape == (10 * 29 - 1, 28)


def test_weights_of_colour_pixels_are_drawn_as_colours(plain):
    facts = ImageFacts([3, 6, 8], VEHICLES, [0.4] * 3, [0.2] * 3)
    module = build_classifier(replace(plain(*QUICK), images=facts))
    images = np.zeros((20, 6, 8, 3), dtype=np.uint8)
    ((name, figure),) = layer_figures(module, images, np.arange(20) % 10)
    drawn = figure.axes[0].get_images()[0].get_array()
    weights = module.network.dense1.weight.detach().numpy()
    largest = weights[np.linalg.norm(weights, axis=1).argmax()].reshape(3, 6, 8)
    expected = 0.5 + largest.transpose(1, 2, 0) / (2 * np.abs(weights).max())
    assert name == "weights"
    assert np.allclose(drawn[:6, :8, :3], expected, atol=0.05)


@pytest.mark.slow
def test_the_command_draws_a_finished_run_again(drawn):
    before = figure_names(drawn)
    shutil.rmtree(drawn / "figures")
    command = [sys.executable, "-m", "mnist_exp.inspect", str(drawn)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "weighted average" in finished.stdout
    assert (drawn / "figures" / "maps_conv2.png").exists()
    assert figure_names(drawn) == before


@pytest.mark.slow
def test_a_dense_network_shows_its_weights(plain, tmp_path):
    run(plain(*QUICK, "diagnostics.figures=true", "diagnostics.probe_every=0"), tmp_path, [])
    assert figure_names(tmp_path) == {"weights"} | EVERY_RUN


@pytest.mark.slow
def test_softmax_regression_shows_a_template_for_each_digit(plain, tmp_path):
    run(plain(*QUICK, "model=softmax", "diagnostics.figures=true"), tmp_path, [])
    assert (tmp_path / "figures" / "weights.png").exists()
    assert (tmp_path / "figures" / "probes.png").exists()


@pytest.mark.slow
def test_a_residual_network_shows_its_filters_and_the_maps_of_each_activation(own_networks):
    maps = {f"maps_blocks.{block}.{layer}" for block in (0, 1) for layer in ("first", "second")}
    assert figure_names(own_networks / "residual") == {"filters", "probes"} | maps | EVERY_RUN


@pytest.mark.slow
def test_a_network_of_nested_layers_shows_the_weights_of_its_first(own_networks):
    assert figure_names(own_networks / "nested") == {"weights", "probes"} | EVERY_RUN


@pytest.mark.slow
@pytest.mark.parametrize("network", ["residual", "nested"])
def test_own_networks_are_drawn_again_from_their_checkpoints(own_networks, tmp_path, network):
    run_dir = tmp_path / network
    shutil.copytree(own_networks / network, run_dir, ignore=shutil.ignore_patterns("figures"))
    assert "weighted average" in inspect_run(run_dir)
    assert figure_names(run_dir) == figure_names(own_networks / network)
    for path in (run_dir / "figures").glob("*.png"):
        assert path.read_bytes() == (own_networks / network / "figures" / path.name).read_bytes(), path.name


class DenseBeforeConvolution(nn.Module):
    """Its layers are listed in another order than they run in, and the first does not get the pixels."""

    def __init__(self):
        super().__init__()
        self.logits = nn.Linear(784, 10)
        self.conv, self.act = nn.Conv2d(1, 3, 3, padding=1), nn.ReLU()
        self.rows = nn.Linear(28, 28)

    def forward(self, x):
        return self.logits(self.act(self.conv(self.rows(x))).mean(1).flatten(1))


def test_only_layers_that_see_pixels_are_drawn_as_images(plain):
    model = build_classifier(plain(*QUICK))
    model.network = DenseBeforeConvolution()
    _, test = load(data_config())
    assert [name for name, _ in layer_figures(model, test.images, test.labels)] == ["maps_conv"]


def test_a_network_without_weighted_layers_has_no_layer_figures(plain):
    model = build_classifier(plain(*QUICK))
    model.network = nn.Sequential(nn.AdaptiveAvgPool2d((2, 5)), nn.Flatten())
    _, test = load(data_config())
    with torch.no_grad():
        assert dict(layer_figures(model, test.images, test.labels)) == {}


def test_a_folder_without_a_finished_run_is_refused(tmp_path):
    with pytest.raises(UserError, match="is not the folder of a finished run"):
        inspect_run(tmp_path)
    write_record(tmp_path, record(status="failed", test=None, val=None))
    with pytest.raises(UserError, match="is not the folder of a finished run"):
        inspect_run(tmp_path)
