"""One run: data + model + trainer → a record."""

import logging
import time
from dataclasses import asdict
from pathlib import Path

import lightning.pytorch as pl
import torch

from mnist_exp.config.schema import Config, DataConfig, DiagnosticsConfig
from mnist_exp.data.module import MNISTDataModule
from mnist_exp.errors import UserError, explain
from mnist_exp.models import Classifier
from mnist_exp.runs.files import FIGURES, clear, write, write_predictions
from mnist_exp.runs.record import Record, blank
from mnist_exp.training import runtime
from mnist_exp.training.build import build_classifier
from mnist_exp.training.classifier import DivergedError, per_class
from mnist_exp.training.probes import Probes
from mnist_exp.training.progress import Stopwatch
from mnist_exp.training.tensorboard import Curves, WeightHistograms
from mnist_exp.training.trainer import make_trainer

log = logging.getLogger(__name__)


def run(config: Config, run_dir: Path, overrides: list[str]) -> Record:
    """Train and test as the plain configuration says; the record is on disk when this returns or raises."""
    began = runtime.run_began()
    record = blank(config, overrides)
    clear(run_dir)
    try:
        _train_and_test(config, run_dir, record)
    except (KeyboardInterrupt, SystemExit) as stop:  # Lightning answers Ctrl-C with an exit
        log.warning("Interrupted: %s has no result.json. The same command starts this run again.", shown(run_dir))
        raise KeyboardInterrupt from stop
    except Exception as error:
        record.status = "diverged" if isinstance(error, DivergedError) else "failed"
        record.error = explain(error)
        _finish(record, run_dir, began)
        raise
    record.status, record.error = "ok", None
    _finish(record, run_dir, began)
    log.info(summary(record, run_dir))
    return record


def _finish(record: Record, run_dir: Path, began: float) -> None:
    record.total_seconds = time.perf_counter() - began
    write(run_dir, record)


def _train_and_test(config: Config, run_dir: Path, record: Record) -> None:
    settings = config.trainer
    convolutional = runtime.is_convolutional(config.model)
    record.threads = runtime.threads(settings.threads, convolutional)
    runtime.prepare(record.threads)
    accelerator = runtime.accelerator(settings.accelerator)
    record.precision = runtime.precision(settings.precision, accelerator, convolutional)
    if record.precision == "16-mixed" and settings.gradient_clip:
        raise UserError("trainer.gradient_clip does not go with 16-mixed, whose gradients are scaled: take bf16-mixed.")
    pl.seed_everything(config.seed, verbose=False)
    data = make_data(config.data, config.seed, config.diagnostics.test_each_epoch)
    model = build_classifier(config)
    data.setup()
    record.train_size = len(data.train.labels)
    record.parameters = sum(p.numel() for p in model.parameters())
    stopwatch, curves = Stopwatch(), Curves(run_dir)
    inside = lookers(config.diagnostics, data, run_dir)
    trainer = make_trainer(settings, accelerator, record.precision, run_dir, curves, stopwatch, data.val_names, inside)
    record.device = device_name(trainer.strategy.root_device)
    log.info(heading(record, settings.max_epochs))
    try:
        curves.begin(model, record)
        try:
            trainer.fit(model, data)
        finally:  # a run that diverges keeps the epochs that went well
            _note_history(record, model, stopwatch)
        _note_best(record)
        trainer.test(model, data, ckpt_path="best", verbose=False)
        _note_test(record, model, run_dir)
        _show(config.diagnostics, record, model, data, run_dir, curves)
        curves.end(record)
    finally:
        curves.close()


def make_data(settings: DataConfig, seed: int, test_each_epoch: bool) -> MNISTDataModule:
    taken = ("name", "root", "batch_size", "eval_batch_size", "val_size", "split_seed")
    return MNISTDataModule(
        **{key: getattr(settings, key) for key in taken},
        **asdict(settings.augment),
        seed=seed,
        test_each_epoch=test_each_epoch,
    )


def lookers(settings: DiagnosticsConfig, data: MNISTDataModule, run_dir: Path) -> list[pl.Callback]:
    """What looks inside while the run goes on."""
    images = torch.from_numpy(data.train.images[: settings.probe_images]).unsqueeze(1)
    probes: list[pl.Callback] = [Probes(settings.probe_every, images, run_dir)] if settings.probe_every else []
    return probes + ([WeightHistograms()] if settings.histograms else [])


def _show(
    settings: DiagnosticsConfig,
    record: Record,
    model: Classifier,
    data: MNISTDataModule,
    run_dir: Path,
    curves: Curves,
) -> None:
    """What the trained network looks like, if that is wanted; a picture that fails costs no trained and tested run."""
    model.eval()
    try:
        if settings.figures:
            from mnist_exp.inspect import inspect  # matplotlib takes half a second that a sweep's runs need not pay

            inspect(run_dir, record, model, data.test.images)
            curves.images(run_dir / FIGURES)
        if settings.projector:
            curves.project(model, data.test.images, data.test.labels)
    except Exception as error:
        log.warning("The figures could not be drawn: %s", explain(error))


def _note_history(record: Record, model: Classifier, stopwatch: Stopwatch) -> None:
    record.train_seconds, record.epochs = stopwatch.seconds, len(model.history)
    record.history = [row | {"seconds": s} for row, s in zip(model.history, stopwatch.epochs, strict=False)]


def _note_best(record: Record) -> None:
    """The figures of the epoch whose weights are kept: best on validation, the last where there is none."""
    best = max(record.history, key=lambda row: (row.get("val_acc", row["epoch"]), -row["epoch"]))
    record.best_epoch = int(best["epoch"])
    record.train_acc, record.train_loss = best["train_acc"], best["train_loss"]
    record.val_acc, record.val_loss = best.get("val_acc"), best.get("val_loss")


def _note_test(record: Record, model: Classifier, run_dir: Path) -> None:
    assert model.test_outputs is not None
    logits, labels = model.test_outputs
    record.test_acc = (logits.argmax(1) == labels).double().mean().item()
    record.test_loss = torch.nn.functional.cross_entropy(logits, labels).item()
    record.per_class = per_class(logits, labels)
    write_predictions(run_dir, labels.cpu().numpy(), logits.softmax(1).cpu().numpy())


def shown(path: Path) -> Path:
    """The path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def device_name(device: torch.device) -> str:
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


def heading(record: Record, max_epochs: int) -> str:
    what = [record.model, record.activation or "no activation", f"seed {record.seed}", record.data]
    size = [f"{record.parameters:,} parameters", f"{max_epochs} epoch{'s' * (max_epochs > 1)}"]
    where = [f"on {record.device}, {record.precision}, {record.threads} thread{'s' * (record.threads != 1)}"]
    return " · ".join(what + size + where)


def summary(record: Record, run_dir: Path) -> str:
    val = "" if record.val_acc is None else f" · validation {record.val_acc:.2%} (epoch {record.best_epoch})"
    return (
        f"test {record.test_acc:.2%} on {record.data}{val} · trained {record.train_seconds:.1f} s, "
        f"{record.total_seconds:.1f} s in all → {shown(run_dir)}"
    )
