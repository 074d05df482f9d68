"""One run: data + module + trainer → a record."""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial, wraps
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
from mnist_exp.runs.files import (
    FIGURES,
    checkpoint_path,
    clear_run_dir,
    make_room,
    remove_result,
    remove_resume,
    remove_unfinished,
    resume_path,
    write_flow,
    write_record,
)
from mnist_exp.runs.record import Record, blank
from mnist_exp.training.build import build_classifier
from mnist_exp.training.callbacks import FitWhitening
from mnist_exp.training.classifier import DivergedError, LitClassifier
from mnist_exp.training.fast_loop import RoundsDataModule, first_unsupported
from mnist_exp.training.flow import predicted_rows
from mnist_exp.training.interruption import is_from_queue, is_interruption
from mnist_exp.training.probes import Probes
from mnist_exp.training.progress import Stopwatch, heading, short_path, summary
from mnist_exp.training.results import note_best, note_history, note_test
from mnist_exp.training.resume import Resume
from mnist_exp.training.resume_point import begin_or_continue, identity
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
    """Train and test as configured. The same run continues if it was interrupted in this directory.

    Args:
        run_dir: where everything is written; results of an earlier run there are removed.
        overrides: what was typed for this configuration, for the record.
        extras: callbacks and loggers in addition to the configured ones.
        config_dir: the folder that was named with --config-dir, for the record.

    Returns the record, which is on disk by then. Raises what went wrong; the record says so too, except after Ctrl-C.
    """
    began = runtime.start_of_run()
    record = blank(config, overrides, config_dir)
    make_room(run_dir)
    remove_result(run_dir)
    if not resume_path(run_dir).exists():
        clear_run_dir(run_dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    try:
        _train_and_test(config, run_dir, record, extras or Extras(), began)
    except BaseException as error:
        if is_interruption(error):
            then = "It can continue" if resume_path(run_dir).exists() else "The same command starts this run again"
            log.warning("Interrupted: %s has no result.json. %s.", short_path(run_dir), then)
            if is_from_queue(error):
                raise
            raise KeyboardInterrupt from error  # Lightning answers Ctrl-C with an exit
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
    record.total_seconds = _elapsed(record, began)
    write_record(run_dir, record)
    if record.epochs is not None:  # otherwise something went wrong before training
        remove_resume(run_dir)


def _elapsed(record: Record, began: float) -> float:
    """The seconds of this process and, for a run that continues, those before."""
    return (record.total_seconds or 0) + time.perf_counter() - began


def _train_and_test(config: Config, run_dir: Path, record: Record, extras: Extras, began: float) -> None:
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
    log.info(heading(record, config.trainer.max_epochs))
    same = identity(record, [*callbacks, *loggers], run_dir)
    point = begin_or_continue(run_dir, record, same, callbacks, loggers)
    if config.diagnostics.probe_every and not point:
        write_flow(run_dir, predicted_rows(config, module, data.train))
    stopwatch = Stopwatch()
    trainer = make_trainer(
        config.trainer,
        accelerator=accelerator,
        precision=record.precision or "",
        run_dir=run_dir,
        loggers=loggers,
        stopwatch=stopwatch,
        resume=Resume(run_dir, config.trainer.resume_every, same, loggers, partial(_elapsed, record, began)),
        val_names=module.val_names,
        callbacks=[FitWhitening(data), *diagnostics(config.diagnostics, data, run_dir), *callbacks],
        gradient_clip=config.trainer.gradient_clip if unsupported else None,
    )
    tensorboard = next((logger for logger in loggers if isinstance(logger, RunLogger)), None)
    with ExitStack() as services:
        if tensorboard:
            services.callback(tensorboard.close)
            if not point:
                tensorboard.begin(module, record)
        for logger in loggers:
            services.enter_context(service_run(logger, record, closes=logger in own_loggers))
        if point and record.precision == "64-true":
            module.double()  # Lightning restores the weights before it does this, and would round them
        served = data if unsupported else RoundsDataModule(data)
        try:
            trainer.fit(module, datamodule=served, ckpt_path=resume_path(run_dir) if point else None, weights_only=True)
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
    record.device = device_name(torch.device(accelerator))
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


def device_name(device: torch.device) -> str:
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type
