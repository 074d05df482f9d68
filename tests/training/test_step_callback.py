"""Callbacks that act every N steps, in a plain Trainer and in the fast loop."""

import lightning.pytorch as pl
import pytest

from mnist_exp import runtime
from mnist_exp.data.module import MNISTDataModule
from mnist_exp.training.build import build_classifier
from mnist_exp.training.fast_loop import RoundsDataModule
from mnist_exp.training.step_callback import StepCallback
from tests.conftest import QUICK


class Recorder(StepCallback):
    """Records the step, and whether the gradients are known."""

    def __init__(self, every: int) -> None:
        super().__init__(every)
        self.calls: list[tuple[int, bool]] = []

    def at_step(self, trainer, module):
        has_gradients = all(weights.grad is not None for weights in module.network.parameters())
        self.calls.append((trainer.global_step, has_gradients))


@pytest.mark.parametrize("fast", [False, True], ids=["plain", "fast"])
def test_every_third_step_is_seen_with_its_gradients(plain, tmp_path, fast):
    runtime.silence_lightning()
    config, recorder = plain(*QUICK, "model.hidden=[4]", "data.batch_size=50"), Recorder(3)
    data = MNISTDataModule.from_config(config)
    data.setup()
    data.train = data.train.take(range(400))
    off = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = pl.Trainer(max_epochs=1, accelerator="cpu", callbacks=[recorder], default_root_dir=tmp_path,
                         num_sanity_val_steps=0, limit_val_batches=0, **off)  # fmt: skip
    trainer.fit(build_classifier(config, 8 if fast else None), datamodule=RoundsDataModule(data) if fast else data)
    assert recorder.calls == [(0, True), (3, True), (6, True)]
