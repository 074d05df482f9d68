"""The Trainer of a run: callbacks, loggers, settings."""

import lightning.pytorch as pl
import pytest
from lightning.pytorch.callbacks import DeviceStatsMonitor, EarlyStopping, LearningRateMonitor, ModelCheckpoint, Timer
from lightning.pytorch.loggers import CSVLogger

from mnist_exp.training.progress import Bar, Stopwatch
from mnist_exp.training.run import run
from mnist_exp.training.service_loggers import RunLabels
from mnist_exp.training.trainer import Extras, make_callbacks, make_loggers, make_trainer
from tests.conftest import QUICK


@pytest.fixture
def settings(plain, tmp_path, monkeypatch):
    """settings("trainer.max_epochs=7") returns what pl.Trainer gets for that configuration."""

    def of(*overrides: str, **changed):
        given = {}
        monkeypatch.setattr(pl.Trainer, "__init__", lambda _, **settings: given.update(settings))
        make_trainer(
            plain(*overrides).trainer,
            **{"accelerator": "cpu", "precision": "64-true", "run_dir": tmp_path, "loggers": [], "callbacks": [],
               "stopwatch": Stopwatch(), "resume": pl.Callback(), "val_names": ["val"], "gradient_clip": None}
            | changed,
        )  # fmt: skip
        return given

    return of


def of_kind(settings, kind):
    return [callback for callback in settings["callbacks"] if type(callback) is kind]


def test_the_trainer_gets_what_is_configured(settings):
    given = settings("trainer.max_epochs=7", "trainer.early_stopping=3", gradient_clip=0.5)
    assert (given["max_epochs"], given["precision"], given["gradient_clip_val"]) == (7, "64-true", 0.5)
    assert (given["deterministic"], given["devices"], given["accelerator"]) == ("warn", 1, "cpu")
    (stopping,) = of_kind(given, EarlyStopping)
    assert (stopping.patience, stopping.monitor, stopping.mode) == (3, "val/acc", "max")
    (best,) = of_kind(given, ModelCheckpoint)
    assert (best.monitor, best.mode) == ("val/acc", "max")


@pytest.mark.parametrize("val_names", [[], ["test"]])
def test_without_a_validation_set_nothing_is_selected_or_stopped(settings, val_names):
    given = settings("trainer.early_stopping=3", val_names=val_names)
    assert of_kind(given, EarlyStopping) == []
    assert [best.monitor for best in of_kind(given, ModelCheckpoint)] == [None]
    assert given["limit_val_batches"] == (1.0 if val_names else 0)


@pytest.mark.parametrize("shown", [True, False])
def test_the_progress_bar_can_be_switched(settings, shown):
    given = settings(f"trainer.progress_bar={shown}")
    assert (given["enable_progress_bar"], len(of_kind(given, Bar))) == (shown, shown)


def test_callbacks_are_made_with_their_arguments(plain):
    own = "lightning.pytorch.callbacks:DeviceStatsMonitor"
    config = plain(f"callbacks=[timer,lr_monitor,'{own}']", "callbacks.lr_monitor.logging_interval=epoch")
    found = make_callbacks(config.callbacks)
    assert [type(callback) for callback in found] == [Timer, LearningRateMonitor, DeviceStatsMonitor]
    assert found[1].logging_interval == "epoch"


def test_loggers_write_into_the_run_directory(plain, tmp_path):
    (logger,) = make_loggers(plain("logger=[csv]").logger, RunLabels(tmp_path))
    assert type(logger) is CSVLogger
    assert logger.log_dir.rstrip("/") == str(tmp_path / "csv")


def test_callbacks_and_loggers_can_be_named_in_the_configuration(plain, tmp_path):
    record = run(plain(*QUICK, "data.batch_size=32", "callbacks=[lr_monitor]", "logger=[csv]"), tmp_path, [])
    assert record.status == "ok"
    text = (tmp_path / "csv" / "metrics.csv").read_text()
    assert "val/acc" in text
    assert "lr-Adam" in text
    assert list(tmp_path.glob("events.out.tfevents.*")) == []


def test_the_csv_logger_gives_no_warning_when_a_run_is_repeated(plain, tmp_path, recwarn):
    (tmp_path / "run.log").touch()
    for _ in range(2):
        run(plain(*QUICK, "logger=[csv]"), tmp_path, [])
    assert [str(warning.message) for warning in recwarn if "not empty" in str(warning.message)] == []


@pytest.mark.parametrize("make", [
    lambda _: DeviceStatsMonitor(cpu_stats=False),
    lambda folder: ModelCheckpoint(folder, every_n_train_steps=10, save_top_k=-1),
])  # fmt: skip
def test_ready_made_callbacks_work_in_a_run(plain, tmp_path, make):
    callback = make(tmp_path / "kept")
    assert run(plain(*QUICK), tmp_path, [], Extras(callbacks=[callback])).test_acc > 0.7
    if isinstance(callback, ModelCheckpoint):
        assert len(list((tmp_path / "kept").glob("*.ckpt"))) == 2
