"""On a CUDA GPU: steps are replayed, and nothing waits for the GPU while they are launched."""

import pytest
import torch

from mnist_exp.runs.measured_files import read_probes
from mnist_exp.training.cuda_graphs import StepRunner
from mnist_exp.training.fast_loop import FastClassifier
from mnist_exp.training.run import run

pytestmark = pytest.mark.gpu

ON_A_GPU = ["data=mnist5k", "trainer.max_epochs=2", "trainer.accelerator=cuda", "diagnostics.figures=false"]
SETUPS = [
    ["model=cnn", "diagnostics.probe_every=5", "data.augment.shift=2", "data.augment.elastic=1"],
    ["model=cnn", "model.dropout=0.5", "model.batch_norm=true", "model.activation=mish"],
    ["model=cnn_quick", "recipe=muon", "trainer.gradient_clip=1", "data.batch_size=128"],
    ["model=mlp", "optimizer=sgd", "trainer.precision=32-true", "diagnostics.histograms=true"],
    ["model=mlp", "optimizer=adamw", "optimizer.weight_decay=0.01"],
    ["model=mlp_deep", "trainer.precision=16-mixed"],
]


@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype")
@pytest.mark.parametrize("overrides", SETUPS, ids=" ".join)
def test_no_step_waits_for_the_gpu(plain, tmp_path, monkeypatch, overrides):
    """After the first epoch, in which steps are recorded."""

    def with_checked_synchronisation(self, *arguments):
        torch.cuda.set_sync_debug_mode("error" if self.current_epoch else "default")
        try:
            steps(self, *arguments)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    steps = FastClassifier.training_step
    monkeypatch.setattr(FastClassifier, "training_step", with_checked_synchronisation)
    assert run(plain(*ON_A_GPU, *overrides), tmp_path, []).test_acc > 0.6


@pytest.mark.parametrize("overrides", SETUPS[:5], ids=" ".join)
def test_replayed_steps_equal_steps_one_by_one(plain, tmp_path, monkeypatch, overrides):
    """Except for the rounding of the learning rate, which is small in 56 steps. 3 + 2 of them are not replayed."""
    replayed, replay = [], torch.cuda.CUDAGraph.replay
    monkeypatch.setattr(torch.cuda.CUDAGraph, "replay", lambda graph: replayed.append(graph) or replay(graph))
    whole, found = [*ON_A_GPU, *overrides, "diagnostics.probe_every=5", "trainer.precision=64-true"], {}
    for folder in ("replayed", "one_by_one"):
        (tmp_path / folder).mkdir()
        found[folder] = run(plain(*whole), tmp_path / folder, [])
        assert len(replayed) == 2 * (56 - 3 - 2)  # none of them in the second run
        monkeypatch.setattr("mnist_exp.training.cuda_graphs.RecordedStepRunner", StepRunner)
    for name in ("train_loss", "val_loss", "test_loss"):
        assert getattr(found["replayed"], name) == pytest.approx(getattr(found["one_by_one"], name), rel=1e-3)
    for one, other in zip(*(read_probes(tmp_path / folder) for folder in found), strict=True):
        assert one == pytest.approx(other, rel=1e-2, abs=1e-9)


@pytest.mark.parametrize("overrides", SETUPS, ids=" ".join)
def test_the_same_command_gives_the_same_numbers(plain, tmp_path, overrides):
    runs = []
    for folder in ("once", "again"):
        (tmp_path / folder).mkdir()
        runs.append(run(plain(*ON_A_GPU, *overrides), tmp_path / folder, []))
    once, again = ((r.train_loss, r.val_loss, r.test_loss) for r in runs)
    assert once == again


def test_the_record_names_the_device(plain, tmp_path):
    assert run(plain(*ON_A_GPU, "model=softmax"), tmp_path, []).device.startswith("cuda (")
