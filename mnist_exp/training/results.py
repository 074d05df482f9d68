"""What a run's record says of training and test."""

import math
from collections.abc import Mapping
from pathlib import Path

import torch

from mnist_exp.runs.files import write_predictions
from mnist_exp.runs.record import Record
from mnist_exp.training.classifier import LitClassifier
from mnist_exp.training.metrics import per_class
from mnist_exp.training.progress import Stopwatch


def note_history(record: Record, module: LitClassifier, stopwatch: Stopwatch) -> None:
    """The finished epochs, and how long they took."""
    record.train_seconds, record.epochs = stopwatch.seconds, len(module.history)
    record.history = [row | {"seconds": s} for row, s in zip(module.history, stopwatch.epochs, strict=False)]


def note_best(record: Record) -> None:
    """The numbers of the epoch whose weights are kept: best on validation, the last where there is none."""
    best = max(record.history, key=lambda row: (row.get("val_acc", row["epoch"]), -row["epoch"]))
    record.best_epoch = int(best["epoch"])
    record.train_acc, record.train_loss = best["train_acc"], best["train_loss"]
    record.val_acc, record.val_loss = best.get("val_acc"), best.get("val_loss")
    record.metrics = configured_metrics(record, "train", best) | configured_metrics(record, "val", best)


def configured_metrics(record: Record, stage: str, row: Mapping[str, float]) -> dict[str, float | None]:
    """The values of metrics=… in a row, as train_f1 and the like; None for one that is not finite."""
    names = [f"{stage}_{name}" for name in record.config.metrics]
    return {name: row[name] if math.isfinite(row[name]) else None for name in names if name in row}


def note_test(record: Record, module: LitClassifier, run_dir: Path) -> None:
    """The numbers of the test set, and the predictions as a file."""
    assert module.test_predictions is not None
    logits, labels = module.test_predictions
    record.test_acc = (logits.argmax(1) == labels).double().mean().item()
    record.test_loss = torch.nn.functional.cross_entropy(logits, labels).item()
    record.per_class = per_class(logits, labels, module.num_classes)
    logged = {name.replace("/", "_"): float(value) for name, value in module.trainer.callback_metrics.items()}
    record.metrics |= configured_metrics(record, "test", logged)
    write_predictions(run_dir, labels.cpu().numpy(), logits.softmax(1).cpu().numpy())
