"""The fast loop compared with a plain Trainer: the same weights, to the last digit."""

import logging
from dataclasses import replace
from itertools import product

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger

from mnist_exp import runtime
from mnist_exp.data.module import MNISTDataModule
from mnist_exp.training import fast_loop
from mnist_exp.training.build import build_classifier
from mnist_exp.training.callbacks import FitWhitening
from mnist_exp.training.fast_loop import Rounds, RoundsDataModule, needs_every_batch
from mnist_exp.training.probes import Probes
from mnist_exp.training.run import run
from mnist_exp.training.tensorboard import LearningRateCurve, RunLogger
from mnist_exp.training.trainer import Extras
from tests.conftest import QUICK

SMALL = {
    "softmax": [],
    "mlp": ["model.hidden=[16]"],
    "mlp_deep": ["model.hidden=[16,12,8]"],
    "cnn": ["model.channels=[3,4]", "model.hidden=[8]"],
    "cnn_deep": ["model.channels=[3,4,5]", "model.hidden=[8]"],
    "cnn_quick": ["model.hidden=[8]", "model.views=true"],
}
VARIANTS = {
    "plain": [],
    "clipped": ["trainer.gradient_clip=0.05"],
    "dropout": ["model.dropout=0.4", "trainer.gradient_clip=1.0"],
    "batch_norm": ["model.batch_norm=true"],
}
OPTIMIZERS = ("sgd", "adam", "adamw", "muon")
# The cases of the quick tests: each optimizer and each variant once.
QUICK_CASES = {
    *(("mlp", "adam", "clipped"), ("mlp_deep", "adamw", "dropout")),
    *(("cnn", "muon", "batch_norm"), ("cnn_deep", "sgd", "plain")),
}
CASES = [
    pytest.param(*case, marks=() if case in QUICK_CASES else pytest.mark.slow)
    for case in product(SMALL, OPTIMIZERS, VARIANTS)
]


@pytest.fixture(autouse=True)
def quiet():
    runtime.silence_lightning()


def trained(config, fast: bool, folder):
    """The module after two epochs on 400 images."""
    pl.seed_everything(config.seed, verbose=False)
    data = MNISTDataModule.from_config(config)
    data.setup()
    data.train = data.train.take(range(400))
    module = build_classifier(config, data.steps_per_epoch if fast else None)
    trainer = pl.Trainer(
        max_epochs=2, accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False,
        default_root_dir=folder, enable_checkpointing=False, num_sanity_val_steps=0, limit_val_batches=1,
        gradient_clip_val=None if fast else config.trainer.gradient_clip, callbacks=[FitWhitening(data)],
    )  # fmt: skip
    trainer.fit(module, datamodule=RoundsDataModule(data) if fast else data)
    return module


@pytest.mark.parametrize(("model", "optimizer", "variant"), CASES)
def test_the_weights_equal_those_of_a_plain_trainer(plain, tmp_path, model, optimizer, variant):
    base = plain(*QUICK, f"model={model}", *SMALL[model], *VARIANTS[variant], "data.batch_size=32")
    config = replace(base, optimizer=plain(f"optimizer={optimizer}", "optimizer.weight_decay=0.01").optimizer)
    fast, slow = (trained(config, is_fast, tmp_path) for is_fast in (True, False))
    assert fast.history == slow.history
    for (name, weights), (_, expected) in zip(fast.state_dict().items(), slow.state_dict().items(), strict=True):
        assert torch.equal(weights, expected), name


def test_rounds_are_the_batches_in_their_order(monkeypatch):
    monkeypatch.setattr(fast_loop, "STEPS_PER_ROUND", 3)
    rounds = Rounds([(torch.zeros(1), torch.tensor(i)) for i in range(10)])
    found = [[int(label) for _, label in some] for some in rounds]
    assert found == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    assert len(rounds) == 4


class CountBatches(pl.Callback):
    def __init__(self) -> None:
        self.started = self.ended = self.steps = 0

    def on_train_batch_start(self, *_) -> None:
        self.started += 1

    def on_before_optimizer_step(self, *_) -> None:
        self.steps += 1

    def on_train_batch_end(self, *_) -> None:
        self.ended += 1


class AtTheEnd(pl.Callback):
    """Needs no batch hook."""

    def __init__(self) -> None:
        self.module = None

    def on_train_epoch_end(self, trainer, module) -> None:
        self.module = module


def test_needs_every_batch_names_the_first_hook(tmp_path):
    assert needs_every_batch([AtTheEnd(), LearningRateCurve(), Probes(5, torch.zeros(1), tmp_path)]) is None
    assert needs_every_batch([RunLogger(tmp_path), CSVLogger(tmp_path)]) is None
    assert needs_every_batch([AtTheEnd(), CountBatches()]) == "CountBatches.on_train_batch_start"
    assert needs_every_batch([LearningRateMonitor()]) == "LearningRateMonitor.on_train_batch_start"


def test_a_callback_that_counts_gets_every_batch_and_the_numbers_stay(plain, tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="mnist_exp")
    config = plain(*QUICK)
    counter, at_the_end = CountBatches(), AtTheEnd()
    (tmp_path / "plain").mkdir()
    (tmp_path / "fast").mkdir()
    slow = run(config, tmp_path / "plain", [], Extras(callbacks=[counter, LearningRateMonitor("step")]))
    assert (counter.started, counter.steps, counter.ended) == (28, 28, 28)
    lines = [line for line in caplog.messages if "instead of the fast one" in line]
    assert lines == [
        "CountBatches.on_train_batch_start needs every batch: training with Lightning's own loop "
        "instead of the fast one."
    ]
    caplog.clear()
    fast = run(config, tmp_path / "fast", [], Extras(callbacks=[at_the_end]))
    assert "instead of the fast one" not in caplog.text
    assert (fast.test_loss, fast.val_loss, fast.train_loss) == (slow.test_loss, slow.val_loss, slow.train_loss)
    assert at_the_end.module.network is not None
