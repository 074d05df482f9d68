"""A run that was interrupted and continued, compared with one that nothing interrupted."""

import csv
import logging
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import lightning.pytorch as pl
import numpy as np
import psutil
import pytest
import torch
from lightning.pytorch.callbacks import StochasticWeightAveraging
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mnist_exp.config.schema import OwnScheduleConfig
from mnist_exp.runs.files import checkpoint_path, read_record, resume_path
from mnist_exp.runs.measured_files import read_predictions
from mnist_exp.training.classifier import LitClassifier
from mnist_exp.training.resume import Resume
from mnist_exp.training.run import run
from mnist_exp.training.trainer import Extras
from tests.conftest import QUICK
from tests.factories import quick_first

EPOCHS, STEPS = 4, 10  # in an epoch
# 160 training images of 32×32 pixels in three colours; every part of a run that keeps a state.
SMALL = [
    *QUICK, "data.name=colours", "data.val_size=40", "data.batch_size=16", f"trainer.max_epochs={EPOCHS}",
    "trainer.threads=1", "trainer.resume_every=0", "model.hidden=[8]", "diagnostics.probe_every=7",
    "diagnostics.histograms=true", "diagnostics.test_each_epoch=true", "logger=[tensorboard,csv]",
]  # fmt: skip
CNN = ["model=cnn", "model.channels=[3,4]", "model.hidden=[8]"]
VARIANTS = {
    "dropout_and_augmentation": ["model.dropout=0.3", "data.augment.shift=2", "data.augment.elastic=1"],
    "muon": [*CNN, "optimizer=muon", "schedule=cosine", "model.batch_norm=true", "optimizer.weight_decay=0.01"],
    "plain_loop": [*CNN, "callbacks=[lr_monitor]", "model.dropout=0.3", "data.augment.rotation=9"],
    "sgd": [*CNN, "optimizer=sgd", "schedule=constant", "trainer.gradient_clip=0.5", "loss.label_smoothing=0.1"],
    "plain_loop_sgd": ["callbacks=[lr_monitor]", "optimizer=sgd", "schedule=cosine", "trainer.gradient_clip=0.5"],
    "plain_loop_muon": [*CNN, "callbacks=[lr_monitor]", "optimizer=muon"],
    "adamw": ["model=mlp_deep", "model.hidden=[8,6]", "optimizer=adamw", "seeds.noise=3", "model.dropout=0.3"],
    "whitened": ["model=cnn_quick", "model.channels=[4]", "model.whitening.filters=6", "model.whitening.stride=2"],
    "no_validation": ["data.val_size=0"],
    "learned": [*CNN, "model.activation=acon_c", "model.activation_options={per:channel}"],
    "double": ["trainer.precision=64-true", "metrics=[f1]"],
}


@pytest.fixture
def train(plain, tmp_path, colours, monkeypatch, caplog):  # noqa: ARG001
    """train("name", *overrides) runs in that folder; `stop` interrupts after so many steps, `extras` as for run."""
    caplog.set_level(logging.INFO, logger="mnist_exp")

    def once(name, *overrides, stop=None, extras=None, schedule=None):
        caplog.clear()
        config = plain(*SMALL, *overrides)
        config = replace(config, schedule=schedule) if schedule else config
        (tmp_path / name).mkdir(exist_ok=True)
        step, left = LitClassifier.logits_and_loss, iter(range(stop or 10**9))

        def stopping(module, images, labels):
            if next(left, None) is None:
                raise KeyboardInterrupt
            return step(module, images, labels)

        with monkeypatch.context() as patch:
            patch.setattr(LitClassifier, "logits_and_loss", stopping)
            return run(config, tmp_path / name, [], extras)

    def train_once(*arguments, **options):
        if "stop" not in options:
            return once(*arguments, **options)
        with pytest.raises(KeyboardInterrupt):
            once(*arguments, **options)
        return None

    return train_once


def numbers(record):
    """The record without times."""
    found = record.to_dict()
    for name in ("started", "train_seconds", "total_seconds", "error"):
        del found[name]
    return found | {"history": [{k: v for k, v in row.items() if k != "seconds"} for row in record.history]}


def scalars(folder):
    """Everything in TensorBoard by its tag, as steps and values; of times only the steps."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0}, purge_orphaned_data=False)
    events.Reload()
    found = {tag: [(one.step, one.value) for one in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    found |= {tag: [(one.step, one.histogram_value.sum) for one in events.Histograms(tag)]
              for tag in events.Tags()["histograms"]}  # fmt: skip
    return {tag: [one[:1] if "seconds" in tag else one for one in values] for tag, values in found.items()}


def table(folder):
    """The rows of metrics.csv without times."""
    with (folder / "csv" / "metrics.csv").open(newline="") as file:
        return [{name: value for name, value in row.items() if "seconds" not in name} for row in csv.DictReader(file)]


def _text(path):
    return path.read_text() if path.exists() else None


def assert_equal(whole, continued):
    assert str(numbers(continued)) == str(numbers(whole))  # as text, so that nan equals nan
    a, b = whole.run_dir, continued.run_dir
    for table_name in ("probes.csv", "shapes.csv"):  # the latter only if activations are learned
        assert _text(b / table_name) == _text(a / table_name)
    assert np.array_equal(read_predictions(b)[1], read_predictions(a)[1])
    assert str(scalars(b)) == str(scalars(a))
    assert table(b) == table(a)
    weights = [torch.load(checkpoint_path(one), weights_only=True)["state_dict"] for one in (a, b)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.mark.parametrize("name", quick_first(1, list(VARIANTS)))
def test_a_continued_run_equals_an_uninterrupted_one(train, caplog, name):
    whole = train("whole", *VARIANTS[name])
    steps = STEPS + 3 * (name == "no_validation")
    train("parts", *VARIANTS[name], stop=2 * steps + 5)
    assert "has no result.json. It can continue." in caplog.text
    train("parts", *VARIANTS[name], stop=steps + 3)
    assert f"continues after epoch 2 of {EPOCHS}" in caplog.messages
    continued = train("parts", *VARIANTS[name])
    assert f"continues after epoch 3 of {EPOCHS}" in caplog.messages
    assert_equal(whole, continued)
    assert list(checkpoint_path(continued.run_dir).parent.iterdir()) == [checkpoint_path(continued.run_dir)]
    assert continued.train_seconds == sum(row["seconds"] for row in continued.history)
    assert continued.total_seconds > continued.train_seconds


BY_EPOCH = OwnScheduleConfig("steps", "torch.optim.lr_scheduler.StepLR", "epoch", {"step_size": 1, "gamma": 0.5})


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["callbacks=[]", "callbacks=[lr_monitor]"])
def test_a_schedule_by_epoch_continues(train, loop):
    whole = train("whole", loop, schedule=BY_EPOCH)
    train("parts", loop, schedule=BY_EPOCH, stop=2 * STEPS + 5)
    assert_equal(whole, train("parts", loop, schedule=BY_EPOCH))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:SWA is currently only supported every epoch", "ignore:.*`SWALR`.*")
def test_averaged_weights_continue(train):
    def averaging():
        return Extras(callbacks=[StochasticWeightAveraging(0.03, swa_epoch_start=1, annealing_epochs=2)])

    whole = train("whole", extras=averaging())
    train("parts", extras=averaging(), stop=3 * STEPS + 5)
    assert_equal(whole, train("parts", extras=averaging()))


@pytest.mark.slow
def test_early_stopping_counts_the_epochs_before(train):
    overrides = ["trainer.early_stopping=2", "trainer.max_epochs=12", "optimizer.lr=1e-9"]  # nothing improves
    whole = train("whole", *overrides)
    assert whole.epochs == 3
    train("parts", *overrides, stop=2 * STEPS + 5)
    assert_equal(whole, train("parts", *overrides))


@pytest.mark.slow
def test_the_best_epoch_may_be_one_that_is_lost(train, tmp_path):
    """Whatever a later epoch left in best.ckpt, the one of the stored epoch is tested."""
    whole = train("whole", "optimizer.lr=1e-9")  # the first epoch stays the best
    train("parts", "optimizer.lr=1e-9", stop=2 * STEPS + 5)
    shutil.copy(checkpoint_path(tmp_path / "parts").with_name("resume.ckpt"), checkpoint_path(tmp_path / "parts"))
    assert_equal(whole, train("parts", "optimizer.lr=1e-9"))


@pytest.mark.slow
def test_a_short_run_stores_nothing(train, monkeypatch):
    saved = []
    monkeypatch.setattr(pl.Trainer, "save_checkpoint", lambda _, path, *__, **___: saved.append(str(path)))
    train("run", "trainer.resume_every=60", "data.val_size=0", stop=3 * STEPS + 12)
    assert not [path for path in saved if "resume" in path]


@pytest.mark.slow
@pytest.mark.parametrize("settings", [["seed=1"], ["diagnostics.probe_every=5"], ["callbacks=[lr_monitor]"]])
def test_the_state_of_another_run_is_named_and_not_used(train, caplog, settings):
    train("run", stop=2 * STEPS + 5)
    record = train("run", *settings)
    (line,) = [line for line in caplog.messages if "resume.ckpt" in line]
    assert "cannot be used: it was stored with" in line
    assert line.endswith("The run begins anew.")
    assert [epoch["epoch"] for epoch in record.history] == [1, 2, 3, 4]
    assert {steps[0][0] for tag, steps in scalars(record.run_dir).items() if tag.startswith("train/")} == {STEPS}
    assert len(table(record.run_dir)) == len(table(train("other", *settings).run_dir))


@pytest.mark.slow
def test_the_state_of_other_code_is_not_used(train, caplog, monkeypatch):
    train("run", stop=2 * STEPS + 5)
    monkeypatch.setattr("mnist_exp.training.run.blank", _of_other_code)
    train("run")
    assert "it was stored with other code of mnist_exp" in caplog.text


def _of_other_code(*arguments):
    from mnist_exp.runs.record import blank

    return replace(blank(*arguments), code="other")


class Unusual:
    """Not a plain value."""


class Keeps(pl.Callback):
    """Stores what cannot be loaded safely."""

    def state_dict(self):
        return {"value": Unusual()}


class Unstorable(pl.Callback):
    """Stores what cannot be stored."""

    def state_dict(self):
        return {"value": lambda: None}


class Forgets(pl.Callback):
    """Counts epochs and stores nothing."""

    def __init__(self):
        self.epochs = 0


@pytest.mark.slow
def test_a_callback_whose_state_cannot_be_loaded_safely_is_named(train, caplog):
    train("run", extras=Extras(callbacks=[Keeps()]), stop=2 * STEPS + 5)
    train("run", extras=Extras(callbacks=[Keeps()]))
    (line,) = [line for line in caplog.messages if "resume.ckpt" in line]
    assert "it holds an object of tests.training.test_resume.Unusual, perhaps of a callback" in line


@pytest.mark.slow
def test_a_state_that_cannot_be_stored_does_not_end_the_run(train, caplog):
    record = train("run", extras=Extras(callbacks=[Unstorable()]))
    assert record.status == "ok"
    assert len([line for line in caplog.messages if "its state was not stored" in line]) == 1
    assert list(checkpoint_path(record.run_dir).parent.iterdir()) == [checkpoint_path(record.run_dir)]


@pytest.mark.slow
def test_a_callback_without_a_state_is_named(train, caplog):
    train("run", extras=Extras(callbacks=[Forgets()]), stop=2 * STEPS + 5)
    train("run", extras=Extras(callbacks=[Forgets()]))
    assert "Forgets has no state_dict: what it kept before is lost." in caplog.messages


@pytest.mark.slow
def test_a_run_that_diverges_leaves_no_state(train, tmp_path):
    with pytest.raises(Exception, match="diverged"):
        train("run", "optimizer=sgd", "optimizer.lr=1e12", "schedule=constant", "trainer.max_epochs=40")
    assert not list((tmp_path / "run" / "checkpoints").glob("*resume*"))


@pytest.mark.slow
def test_what_goes_wrong_before_training_leaves_the_state(train, tmp_path, monkeypatch):
    train("run", stop=2 * STEPS + 5)
    with monkeypatch.context() as patch:
        patch.setattr("mnist_exp.data.module.MNISTDataModule.setup", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            train("run")
    assert resume_path(tmp_path / "run").exists()


class SlowDisk:
    """A Trainer in its fifth epoch, at a clock that storing moves forward."""

    def __init__(self, cost):
        self.cost, self.now, self.saved, self.current_epoch = cost, 0.0, [], 5
        self.strategy = None

    def save_checkpoint(self, path, **_):
        path.touch()
        self.now += self.cost
        self.saved.append(self.now)


@pytest.mark.parametrize(("every", "cost", "expected"), [(60, 0.1, 60), (60, 3, 300), (10, 0.0, 10)])
def test_storing_takes_at_most_a_hundredth_of_the_time(tmp_path, every, cost, expected):
    trainer = SlowDisk(cost)
    (tmp_path / "checkpoints").mkdir()
    resume = Resume(tmp_path, every, {}, [], lambda: 0.0, clock=lambda: trainer.now)
    for _ in range(10_000):
        trainer.now += 0.5
        resume.on_train_epoch_start(trainer, None)
    between = np.diff(trainer.saved[1:]) - cost
    assert trainer.saved[0] == pytest.approx(every + cost)
    assert between == pytest.approx(expected)


def test_null_stores_nothing_and_zero_every_epoch(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    for every, times in ((None, 0), (0, 20)):
        trainer = SlowDisk(5)
        resume = Resume(tmp_path, every, {}, [], lambda: 0.0, clock=lambda: trainer.now)  # noqa: B023
        for _ in range(20):
            trainer.now += 100
            resume.on_train_epoch_start(trainer, None)
        assert len(trainer.saved) == times


LONG = [
    *QUICK[:2],
    *QUICK[3:],
    "trainer.max_epochs=6",
    "data.batch_size=4",
    "model.dropout=0.2",
    "trainer.resume_every=0",
]


def start(folder, *arguments):
    """The command in a process of its own, when it has stored a state."""
    command = [sys.executable, "-m", "mnist_exp", *arguments]
    running = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not list(folder.rglob("resume.ckpt")):
        assert running.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    return running


@pytest.mark.slow
def test_the_same_command_continues_a_single_run_after_a_kill(shell, plain, tmp_path):
    running = start(tmp_path, *LONG, "hydra.run.dir=here")
    running.kill()
    running.wait()
    ran = shell(*LONG, "hydra.run.dir=here")
    assert re.search(r"continues after epoch \d of 6", ran.stdout)
    (tmp_path / "whole").mkdir()
    whole = run(plain(*LONG), tmp_path / "whole", LONG)
    continued = read_record(tmp_path / "here")
    assert [row["train_loss"] for row in continued.history] == [row["train_loss"] for row in whole.history]
    assert np.array_equal(read_predictions(tmp_path / "here")[1], read_predictions(tmp_path / "whole")[1])


@pytest.mark.slow
def test_a_run_that_the_queue_interrupts_is_queued_again_and_continues(tmp_path):
    pytest.importorskip("submitit")
    sweep = start(tmp_path, "-m", *LONG, "hydra/launcher=submitit_local", "sweep.name=queued")
    workers = psutil.Process(sweep.pid).children(recursive=True)
    (trains,) = [one for one in workers if "submitit.core._submit" in one.cmdline()]
    trains.send_signal(signal.SIGUSR2)
    assert sweep.wait(120) == 0
    (log_file,) = tmp_path.glob("multirun/queued/*/run.log")
    assert re.search(r"It can continue.*continues after epoch \d of 6", log_file.read_text(), re.S)
