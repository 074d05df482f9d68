"""The fixed first layer: what it makes of patches, and that training leaves it alone."""

import numpy as np
import pytest
import torch
from torch import nn

from mnist_exp.data.datasets import load
from mnist_exp.data.split import stratified_split
from mnist_exp.errors import UserError
from mnist_exp.kernels.flatten import FlattenInMemoryOrder
from mnist_exp.models.whitened import REGULARISER, Whitening
from mnist_exp.runs.checkpoints import load_model
from mnist_exp.runs.files import read_probes, read_record
from mnist_exp.training.build import build_classifier
from mnist_exp.training.run import run


@pytest.fixture(scope="module")
def tiny(plain, tmp_path_factory):
    """A short run of cnn_quick, with its pictures."""
    typed = ["model=cnn_quick", "model.views=true", "recipe=muon", "data=mnist5k"]
    typed += ["trainer.max_epochs=2", "data.batch_size=64"]
    run_dir = tmp_path_factory.mktemp("quick")
    run(
        plain(*typed, "trainer.accelerator=cpu", "trainer.progress_bar=false", "diagnostics.figures=true"),
        run_dir,
        typed,
    )
    return run_dir


def test_patches_come_out_uncorrelated_and_of_one_size():
    torch.manual_seed(0)
    smooth = nn.functional.avg_pool2d(torch.randn(200, 1, 30, 30), 3, 1)  # neighbours agree, as in digits
    layer = Whitening(filters=8, kernel=3, stride=1)
    layer.fit(smooth)
    found = layer(smooth).movedim(1, -1).reshape(-1, 8)
    torch.testing.assert_close(found[:, :4], -found[:, 4:])
    patches = np.lib.stride_tricks.sliding_window_view(smooth[:, 0].numpy(), (3, 3), axis=(1, 2)).reshape(-1, 9)
    largest = np.sort(np.linalg.eigvalsh(np.cov(patches.T)))[::-1][:4]
    covariance = np.cov(found[:, :4].detach().numpy().T)
    np.testing.assert_allclose(covariance, np.diag(largest / (largest + REGULARISER)), atol=1e-4)


def test_flattening_as_stored_has_every_number_once():
    maps = torch.arange(24.0).reshape(1, 2, 3, 4)
    assert FlattenInMemoryOrder()(maps)[0, :4].tolist() == [
        0,
        12,
        1,
        13,
    ]  # both channels of a pixel, then the next pixel's
    assert sorted(FlattenInMemoryOrder()(maps).flatten().tolist()) == list(range(24))


def test_cnn_quick(plain):
    network = build_classifier(plain("model=cnn_quick"))
    names = [name for name, _ in network.network.named_children()]
    assert names == [
        *("white", "white_act", "conv1", "conv1_act", "pool1", "flatten", "dense1", "dense1_act", "logits")
    ]
    assert network.network.dense1.in_features == 5 * 5 * 16


def test_tested_on_the_image_and_on_four_moved_ones(plain):
    torch.manual_seed(0)
    model = build_classifier(plain("model=cnn_quick", "model.views=true"))
    images = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    moved = [images.clone() for _ in range(4)]  # what leaves at one side is lost, black comes in at the other
    for view, (to, come, black) in zip(
        moved,
        [
            (np.s_[..., 1:, :], np.s_[..., :-1, :], np.s_[..., 0, :]),
            (np.s_[..., :-1, :], np.s_[..., 1:, :], np.s_[..., -1, :]),
            (np.s_[..., 1:], np.s_[..., :-1], np.s_[..., 0]),
            (np.s_[..., :-1], np.s_[..., 1:], np.s_[..., -1]),
        ],
        strict=True,
    ):
        view[to], view[black] = images[come], 0
    model.train()
    alone = [model(view) for view in (images, *moved)]  # nothing in this network differs in training but this
    torch.testing.assert_close(model.eval()(images), sum(alone) / 5)
    torch.testing.assert_close(model.intermediates(images, ["logits"])["logits"], alone[0])
    assert not torch.allclose(alone[0], alone[1])


@pytest.mark.parametrize("filters", [3, 74])
def test_filters_come_in_pairs_and_no_more_than_there_are(plain, filters):
    with pytest.raises(UserError, match=f"model.whitening.filters={filters}: must be even, and at most 72 here"):
        build_classifier(plain("model=cnn_quick", f"model.whitening.filters={filters}"))


def test_something_is_trained_after_it(plain):
    with pytest.raises(UserError, match="at least one convolution"):
        build_classifier(plain("model=cnn_quick", "model.channels=[]"))


def test_it_can_be_exported(tiny, tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from mnist_exp.export import export_run

    assert "0 other answers" in export_run(tiny, tmp_path / "quick.onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "quick.onnx"))


def test_a_run_whitens_once_trains_the_rest_keeps_both_and_shows_them(tiny):
    record = read_record(tiny)
    assert record["test_acc"] > 0.9
    assert (tiny / "figures/filters.png").exists()
    assert {row["layer"] for row in read_probes(tiny)} >= {"white", "conv1", "dense1", "logits"}
    kept = load_model(tiny).network.white
    digits = load("mnist5k", "")[0]
    settings = record["config"]["data"]
    _, chosen = stratified_split(digits.labels, settings["val_size"], settings["split_seed"])
    pixels = torch.from_numpy(digits.images[chosen[:500]]).unsqueeze(1) / 255
    expected = Whitening(12, 6, 2)
    expected.fit((pixels - settings["mean"]) / settings["std"])
    torch.testing.assert_close(kept.weight.abs(), expected.weight.abs(), rtol=1e-3, atol=1e-4)
