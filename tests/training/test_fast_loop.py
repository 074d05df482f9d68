"""The fast loop compared with a plain Trainer: the same weights, to the last digit."""

import logging
from dataclasses import replace
from datetime import timedelta
from itertools import product

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.callbacks import (
    BackboneFinetuning,
    EarlyStopping,
    GradientAccumulationScheduler,
    LambdaCallback,
    LearningRateFinder,
    LearningRateMonitor,
    ModelCheckpoint,
    ModelSummary,
    StochasticWeightAveraging,
    Timer,
)
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.loggers.logger import DummyLogger

from mnist_exp import runtime
from mnist_exp.data.module import MNISTDataModule
from mnist_exp.training import fast_loop
from mnist_exp.training.build import build_classifier
from mnist_exp.training.callbacks import FitWhitening
from mnist_exp.training.fast_loop import Rounds, RoundsDataModule, first_unsupported
from mnist_exp.training.probes import Probes
from mnist_exp.training.run import run
from mnist_exp.training.tensorboard import LearningRateCurve, RunLogger, WeightHistograms
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


class OwnCheckpoint(ModelCheckpoint):
    """A subclass may do anything."""


def with_own_method(callback):
    callback.on_train_batch_end = lambda *_: None
    return callback


SUPPORTED = {
    "learning_rate": lambda _: LearningRateCurve(),
    "probes": lambda folder: Probes(5, torch.zeros(1), folder),
    "histograms": lambda _: WeightHistograms(),
    "early_stopping": lambda _: EarlyStopping("val/acc"),
    "weights": lambda folder: ModelCheckpoint(folder, save_weights_only=True),
    "summary": lambda _: ModelSummary(),
    "timer": lambda _: Timer(),
    "run_logger": RunLogger,
    "tensorboard": TensorBoardLogger,
    "csv": CSVLogger,
}
UNSUPPORTED = {
    "counts": (lambda _: CountBatches(), "CountBatches"),
    "unknown": (lambda _: AtTheEnd(), "AtTheEnd"),
    "lambda": (lambda _: LambdaCallback(on_train_batch_end=print), "LambdaCallback"),
    "learning_rate_by_step": (lambda _: LearningRateMonitor("step"), "LearningRateMonitor"),
    "learning_rate_by_epoch": (lambda _: LearningRateMonitor("epoch"), "LearningRateMonitor"),
    "averaging": (lambda _: StochasticWeightAveraging(0.01), "StochasticWeightAveraging"),
    "accumulation": (lambda _: GradientAccumulationScheduler({0: 2}), "GradientAccumulationScheduler"),
    "finder": (lambda _: LearningRateFinder(), "LearningRateFinder"),
    "finetuning": (lambda _: BackboneFinetuning(), "BackboneFinetuning"),
    "own_method": (lambda _: with_own_method(EarlyStopping("val/acc")), "EarlyStopping"),
    "subclass": (lambda folder: OwnCheckpoint(folder, save_weights_only=True), "OwnCheckpoint"),
    "whole_checkpoint": (lambda folder: ModelCheckpoint(folder), "ModelCheckpoint"),
    "by_step": (lambda folder: ModelCheckpoint(folder, every_n_train_steps=5), "ModelCheckpoint"),
    "by_time": (
        lambda folder: ModelCheckpoint(folder, train_time_interval=timedelta(1), save_weights_only=True),
        "ModelCheckpoint",
    ),
    "time_limit": (lambda _: Timer("00:00:01:00"), "Timer"),
    "own_logger": (lambda _: DummyLogger(), "DummyLogger"),
}  # fmt: skip


@pytest.mark.parametrize("name", SUPPORTED)
def test_these_work_with_the_fast_loop(tmp_path, name):
    assert first_unsupported([SUPPORTED[name](tmp_path)]) is None


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_everything_else_needs_the_plain_loop(tmp_path, name):
    make, expected = UNSUPPORTED[name]
    assert first_unsupported([LearningRateCurve(), make(tmp_path), CountBatches()]) == expected


@pytest.fixture
def finished(plain, tmp_path, caplog):
    """finished("name", callbacks) is the record of a short run, and its lines in the log about the loop."""

    def train(name: str, callbacks=(), *overrides: str):
        caplog.set_level(logging.INFO, logger="mnist_exp")
        caplog.clear()
        (tmp_path / name).mkdir()
        record = run(plain(*QUICK, *overrides), tmp_path / name, [], Extras(callbacks=list(callbacks)))
        return record, [line for line in caplog.messages if "own loop" in line]

    return train


def losses(record) -> list[tuple[float, float]]:
    return [(row["train_loss"], row["val_loss"]) for row in record.history]


def test_an_unknown_callback_gets_every_batch_and_the_numbers_stay(finished):
    fast, lines = finished("fast")
    assert lines == []
    counter, at_the_end = CountBatches(), AtTheEnd()
    slow, lines = finished("plain", [counter, at_the_end, LearningRateMonitor("step")])
    assert lines == ["The fast loop does not support CountBatches: training with Lightning's own loop instead."]
    assert (counter.started, counter.steps, counter.ended) == (28, 28, 28)
    assert at_the_end.module.network is not None
    assert (fast.test_loss, losses(fast)) == (slow.test_loss, losses(slow))


def test_a_callback_with_hooks_for_epochs_only_keeps_the_numbers(finished):
    fast, _ = finished("fast")
    slow, lines = finished("plain", [AtTheEnd()])
    assert lines == ["The fast loop does not support AtTheEnd: training with Lightning's own loop instead."]
    assert (fast.test_loss, losses(fast)) == (slow.test_loss, losses(slow))


def test_a_lambda_callback_gets_every_batch(finished):
    seen = []
    _, lines = finished("run", [LambdaCallback(on_train_batch_end=lambda *_: seen.append(1))])
    assert len(seen) == 28
    assert "LambdaCallback" in lines[0]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:SWA is currently only supported every epoch", "ignore:.*`SWALR`.*")
@pytest.mark.parametrize("make", [
    lambda: StochasticWeightAveraging(0.03, swa_epoch_start=1, annealing_epochs=1),
    lambda: GradientAccumulationScheduler({0: 2}),
], ids=["averaging", "accumulation"])  # fmt: skip
def test_callbacks_that_change_the_steps_work_as_in_a_plain_trainer(finished, plain, tmp_path, make):
    epochs = "trainer.max_epochs=3"
    record, (line,) = finished("run", [make()], epochs)
    assert type(make()).__name__ in line
    config = plain(*QUICK, epochs)
    pl.seed_everything(config.seed, verbose=False)
    data = MNISTDataModule.from_config(config)
    module = build_classifier(config)
    off = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = pl.Trainer(max_epochs=3, accelerator="cpu", callbacks=[make()], default_root_dir=tmp_path,
                         num_sanity_val_steps=0, **off)  # fmt: skip
    trainer.fit(module, datamodule=data)
    assert losses(record) == [(row["train_loss"], row["val_loss"]) for row in module.history]
    assert losses(record) != losses(finished("without", [], epochs)[0])
