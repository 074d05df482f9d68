"""One run: data + module + trainer → a record."""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch

from mnist_exp import runtime
from mnist_exp.config.schema import Config, DiagnosticsConfig
from mnist_exp.data.module import MNISTDataModule
from mnist_exp.data.pixels import channels_first
from mnist_exp.error_messages import explain
from mnist_exp.errors import UserError
from mnist_exp.full_disk import FullDiskError, is_full_disk, raise_full_disk
from mnist_exp.runs.chance import did_not_learn, did_not_learn_line
from mnist_exp.runs.files import FIGURES, checkpoint_path, clear_run_dir, remove_unfinished, write_record
from mnist_exp.runs.record import Record, blank
from mnist_exp.training.build import build_classifier
from mnist_exp.training.callbacks import FitWhitening
from mnist_exp.training.classifier import DivergedError, LitClassifier
from mnist_exp.training.fast_loop import RoundsDataModule, first_unsupported
from mnist_exp.training.probes import Probes
from mnist_exp.training.progress import Stopwatch
from mnist_exp.training.results import note_best, note_history, note_test
from mnist_exp.training.service_loggers import labels, service_run
from mnist_exp.training.tensorboard import RunLogger, WeightHistograms
from mnist_exp.training.trainer import Extras, make_callbacks, make_loggers, make_trainer

log = logging.getLogger(__name__)
Run = Callable[..., Record]


def _nothing_incomplete(run: Run) -> Run:
    """Of a run for which the disk has no space, leave nothing, and raise FullDiskError."""

    @wraps(run)
    def wrapped(config: Config, run_dir: Path, *arguments: Any, **named: Any) -> Record:
        try:
            return run(config, run_dir, *arguments, **named)
        except Exception as error:
            if not is_full_disk(error):
                raise
            remove_unfinished(run_dir)
            raise FullDiskError(short_path(run_dir)) from error

    return wrapped


@_nothing_incomplete
def run(
    config: Config,
    run_dir: Path,
    overrides: list[str],
    extras: Extras | None = None,
    config_dir: str | None = None,
) -> Record:
    """Train and test as configured.

    Args:
        run_dir: where everything is written; results of an earlier run there are removed.
        overrides: what was typed for this configuration, for the record.
        extras: callbacks and loggers in addition to the configured ones.
        config_dir: the folder that was named with --config-dir, for the record.

    Returns the record, which is on disk by then. Raises what went wrong; the record says so too, except after Ctrl-C.
    """
    began = runtime.start_of_run()
    record = blank(config, overrides, config_dir)
    clear_run_dir(run_dir)
    try:
        _train_and_test(config, run_dir, record, extras or Extras())
    except (KeyboardInterrupt, SystemExit) as stop:  # Lightning answers Ctrl-C with an exit
        log.warning("Interrupted: %s has no result.json. The same command starts this run again.", short_path(run_dir))
        raise KeyboardInterrupt from stop
    except Exception as error:
        raise_full_disk(error)
        record.status = "diverged" if isinstance(error, DivergedError) else "failed"
        record.error = explain(error)
        _finish(record, run_dir, began)
        raise
    record.status, record.error = "ok", None
    _finish(record, run_dir, began)
    log.info(summary(record, run_dir))
    if did_not_learn(record):
        log.warning("! %s", did_not_learn_line(record))
    return record


def _finish(record: Record, run_dir: Path, began: float) -> None:
    record.total_seconds = time.perf_counter() - began
    write_record(run_dir, record)


def _train_and_test(config: Config, run_dir: Path, record: Record, extras: Extras) -> None:
    accelerator = _prepare(config, record)
    pl.seed_everything(config.weights_seed, verbose=False)
    data = MNISTDataModule.from_config(config)
    data.setup()
    own_loggers = make_loggers(config.logger, labels(record, run_dir))
    loggers = [*own_loggers, *extras.loggers]
    callbacks = [*make_callbacks(config.callbacks), *extras.callbacks]
    unsupported = first_unsupported([*callbacks, *loggers])
    if unsupported:
        log.info("The fast loop does not support %s: training with Lightning's own loop instead.", unsupported)
    module = build_classifier(config, steps_per_epoch=None if unsupported else data.steps_per_epoch)
    if config.seeds.weights is not None or config.seeds.noise is not None:
        pl.seed_everything(config.noise_seed, verbose=False)  # the same noise whatever the weights' seed
    record.train_size = len(data.train.labels)
    record.parameters = sum(p.numel() for p in module.parameters())
    stopwatch = Stopwatch()
    trainer = make_trainer(
        config.trainer,
        accelerator=accelerator,
        precision=record.precision or "",
        run_dir=run_dir,
        loggers=loggers,
        stopwatch=stopwatch,
        val_names=module.val_names,
        callbacks=[FitWhitening(data), *diagnostics(config.diagnostics, data, run_dir), *callbacks],
        gradient_clip=config.trainer.gradient_clip if unsupported else None,
    )
    record.device = device_name(trainer.strategy.root_device)
    log.info(heading(record, config.trainer.max_epochs))
    tensorboard = next((logger for logger in loggers if isinstance(logger, RunLogger)), None)
    with ExitStack() as services:
        if tensorboard:
            services.callback(tensorboard.close)
            tensorboard.begin(module, record)
        for logger in loggers:
            services.enter_context(service_run(logger, record, closes=logger in own_loggers))
        served = data if unsupported else RoundsDataModule(data)
        try:
            trainer.fit(module, datamodule=served)
        finally:  # a run that diverges keeps the epochs that went well
            note_history(record, module, stopwatch)
        note_best(record)
        trainer.test(module, datamodule=served, ckpt_path=checkpoint_path(run_dir), verbose=False)
        note_test(record, module, run_dir)
        _draw(config.diagnostics, record, module, data, run_dir, tensorboard)
        if tensorboard:
            tensorboard.end(record)


def _prepare(config: Config, record: Record) -> str:
    """Threads, device and precision, noted in the record; the accelerator's name."""
    convolutional = runtime.is_convolutional(config.model)
    record.threads = runtime.threads(config.trainer.threads, runtime.uses_all_cores(config.model))
    runtime.prepare(record.threads)
    accelerator = runtime.accelerator(config.trainer.accelerator)
    record.precision = runtime.precision(config.trainer.precision, accelerator, convolutional)
    if record.precision == "16-mixed" and config.trainer.gradient_clip:
        raise UserError(
            "trainer.gradient_clip does not work with 16-mixed, whose gradients are scaled: use bf16-mixed."
        )
    return accelerator


def diagnostics(config: DiagnosticsConfig, data: MNISTDataModule, run_dir: Path) -> list[pl.Callback]:
    """The callbacks that measure inside the network."""
    images = torch.from_numpy(channels_first(data.train.images[: config.probe_images]))
    probes: list[pl.Callback] = [Probes(config.probe_every, images, run_dir)] if config.probe_every else []
    return probes + ([WeightHistograms()] if config.histograms else [])


def _draw(
    config: DiagnosticsConfig,
    record: Record,
    module: LitClassifier,
    data: MNISTDataModule,
    run_dir: Path,
    tensorboard: RunLogger | None,
) -> None:
    """Draw the trained network if that is wanted. A figure that fails must not cost a trained and tested run."""
    module.eval()
    try:
        if config.figures:
            from mnist_exp.inspect import inspect  # matplotlib takes half a second that a sweep's runs need not pay

            inspect(run_dir, record, module, data.test.images)
            if tensorboard:
                tensorboard.add_images(run_dir / FIGURES)
        if config.projector and tensorboard:
            classes = record.config.images.classes
            tensorboard.add_projector(module, data.test.images, [classes[label] for label in data.test.labels])
    except Exception as error:
        raise_full_disk(error)
        log.warning("The figures could not be drawn: %s", explain(error))


def short_path(path: Path) -> Path:
    """The path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def device_name(device: torch.device) -> str:
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


def heading(record: Record, max_epochs: int) -> str:
    run = [record.model, record.activation or "no activation", f"seed {record.seed}", record.data]
    size = [f"{record.parameters:,} parameters", f"{max_epochs} epoch{'s' * (max_epochs > 1)}"]
    device = [f"on {record.device}, {record.precision}, {record.threads} thread{'s' * (record.threads != 1)}"]
    return " · ".join(run + size + device)


def summary(record: Record, run_dir: Path) -> str:
    val = "" if record.val_acc is None else f" · validation {record.val_acc:.2%} (epoch {record.best_epoch})"
    return (
        f"test {record.test_acc:.2%} on {record.data}{val} · trained {record.train_seconds:.1f} s, "
        f"{record.total_seconds:.1f} s in all → {short_path(run_dir)}"
    )
