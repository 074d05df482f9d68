"""The fixed first layer: it whitens patches, and training does not change it."""

import numpy as np
import pytest
import torch
from torch import nn

from mnist_exp.data.datasets import load
from mnist_exp.data.split import stratified_split
from mnist_exp.errors import UserError
from mnist_exp.kernels.flatten import FlattenInMemoryOrder
from mnist_exp.models.build import build_network
from mnist_exp.models.whitened import REGULARISER, Whitening
from mnist_exp.runs.checkpoints import load_model
from mnist_exp.runs.files import read_record
from mnist_exp.runs.measured_files import read_probes
from mnist_exp.training.build import build_classifier
from mnist_exp.training.run import run
from tests.factories import data_config


@pytest.fixture(scope="module")
def tiny(plain, tmp_path_factory):
    """A short run of cnn_quick, with its figures."""
    overrides = ["model=cnn_quick", "model.views=true", "recipe=muon", "data=mnist5k"]
    overrides += ["trainer.max_epochs=2", "data.batch_size=64"]
    run_dir = tmp_path_factory.mktemp("quick")
    others = ["trainer.accelerator=cpu", "trainer.threads=1", "trainer.progress_bar=false", "diagnostics.figures=true"]
    run(plain(*overrides, *others), run_dir, overrides)
    return run_dir


def test_whitened_patches_are_uncorrelated_and_of_known_variance():
    torch.manual_seed(0)
    smooth = nn.functional.avg_pool2d(
        torch.randn(200, 1, 30, 30), 3, 1
    )  # neighbouring pixels are similar, as in digits
    layer = Whitening(channels=1, filters=8, kernel=3, stride=1)
    layer.fit(smooth)
    outputs = layer(smooth).movedim(1, -1).reshape(-1, 8)
    torch.testing.assert_close(outputs[:, :4], -outputs[:, 4:])
    patches = np.lib.stride_tricks.sliding_window_view(smooth[:, 0].numpy(), (3, 3), axis=(1, 2)).reshape(-1, 9)
    largest = np.sort(np.linalg.eigvalsh(np.cov(patches.T)))[::-1][:4]
    covariance = np.cov(outputs[:, :4].detach().numpy().T)
    np.testing.assert_allclose(covariance, np.diag(largest / (largest + REGULARISER)), atol=1e-4)


def test_whitened_patches_of_colour_images_are_uncorrelated():
    torch.manual_seed(0)
    smooth = nn.functional.avg_pool2d(torch.randn(200, 3, 22, 12), 3, 1)
    layer = Whitening(channels=3, filters=10, kernel=3, stride=2)
    layer.fit(smooth)
    outputs = layer(smooth).movedim(1, -1).reshape(-1, 10)
    windows = np.lib.stride_tricks.sliding_window_view(smooth.numpy(), (3, 3), axis=(2, 3))[:, :, ::2, ::2]
    patches = np.moveaxis(windows, 1, 3).reshape(-1, 27)
    largest = np.sort(np.linalg.eigvalsh(np.cov(patches.T)))[::-1][:5]
    covariance = np.cov(outputs[:, :5].detach().numpy().T)
    np.testing.assert_allclose(covariance, np.diag(largest / (largest + REGULARISER)), atol=1e-4)


def test_flattening_in_memory_order_keeps_every_value_once():
    maps = torch.arange(24.0).reshape(1, 2, 3, 4)
    flat = FlattenInMemoryOrder()(maps)
    assert flat[0, :4].tolist() == [0, 12, 1, 13]  # both channels of a pixel, then those of the next
    assert sorted(flat.flatten().tolist()) == list(range(24))


def test_cnn_quick_has_these_layers(plain):
    classifier = build_classifier(plain("model=cnn_quick"))
    names = [name for name, _ in classifier.network.named_children()]
    assert names == [
        *("white", "white_act", "conv1", "conv1_act", "pool1", "flatten", "dense1", "dense1_act", "logits")
    ]
    assert classifier.network.dense1.in_features == 5 * 5 * 16


def shifted(images, row, column):
    """The images moved down and to the right (where negative, up and to the left) by a pixel; black comes in."""
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    return padded[..., 1 - row : 29 - row, 1 - column : 29 - column]


def test_views_average_the_logits_of_the_image_and_of_four_shifted_ones(plain):
    torch.manual_seed(0)
    model = build_classifier(plain("model=cnn_quick", "model.views=true"))
    images = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    views = [shifted(images, *by) for by in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
    assert torch.equal(views[0], images)
    assert torch.equal(views[1][..., 1:, :], images[..., :-1, :])
    assert not views[1][..., 0, :].any()
    model.train()
    alone = [model(view) for view in views]  # in training this network differs from evaluation by the views only
    torch.testing.assert_close(model.eval()(images), sum(alone) / 5)
    torch.testing.assert_close(model.intermediates(images, ["logits"])["logits"], alone[0])
    assert not torch.allclose(alone[0], alone[1])


@pytest.mark.parametrize("filters", [3, 74])
def test_an_odd_or_too_large_number_of_filters_is_refused(plain, filters):
    with pytest.raises(UserError, match=f"model.whitening.filters={filters}: must be even, and at most 72 here"):
        build_classifier(plain("model=cnn_quick", f"model.whitening.filters={filters}"))


def test_the_limits_of_the_whitening_follow_the_shape_of_the_images(plain):
    model = plain("model=cnn_quick", "model.whitening.filters=200").model
    assert build_network(model, input_shape=(3, 32, 40), num_classes=5)(torch.zeros(2, 3, 32, 40)).shape == (2, 5)
    with pytest.raises(UserError, match=r"at most 72 here, twice the size of a patch \(6×6 pixels\)"):
        build_network(model, input_shape=(1, 32, 40), num_classes=5)
    model = plain("model=cnn_quick", "model.whitening.kernel=33").model
    with pytest.raises(UserError, match=r"whitening.kernel=33: must be at most 32, the smaller side of an image"):
        build_network(model, input_shape=(3, 32, 40), num_classes=5)


def test_a_network_without_a_trained_convolution_is_refused(plain):
    with pytest.raises(UserError, match="at least one convolution"):
        build_classifier(plain("model=cnn_quick", "model.channels=[]"))


@pytest.mark.slow
def test_it_can_be_exported(tiny, tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from mnist_exp.export import export_run

    assert "0 different predicted classes" in export_run(tiny, tmp_path / "quick.onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "quick.onnx"))


@pytest.mark.slow
def test_a_run_fits_the_whitening_once_and_keeps_it_in_the_checkpoint(tiny):
    record = read_record(tiny)
    assert record.test_acc > 0.9
    assert (tiny / "figures/filters.png").exists()
    assert {row["layer"] for row in read_probes(tiny)} >= {"white", "conv1", "dense1", "logits"}
    stored = load_model(tiny).network.white
    digits = load(data_config())[0]
    data = record.config.data
    _, chosen = stratified_split(digits.labels, data.val_size, data.split_seed)
    pixels = torch.from_numpy(digits.images[chosen[:500]]).unsqueeze(1) / 255
    expected = Whitening(1, 12, 6, 2)
    expected.fit((pixels - record.config.images.mean) / record.config.images.std)
    torch.testing.assert_close(stored.weight.abs(), expected.weight.abs(), rtol=1e-3, atol=1e-4)
