"""What a record must be like, so that everything that reads it can rely on it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from mnist_exp.runs.identity import activation_name, code_digest, key
from mnist_exp.runs.record import STATUSES, Record
from mnist_exp.runs.typed_values import check_type, hints_of, shown

Rule = tuple[str, Callable[[Any], bool]]
ROUNDING = 1e-6  # of sums of numbers of 32 bits
FRACTION: Rule = ("a fraction between 0 and 1", lambda v: 0 <= v <= 1 + ROUNDING)
NOT_NEGATIVE: Rule = ("0 or more", lambda v: v >= -ROUNDING)
STAGES = ("train", "val", "test")
# The fields of a record and of a row of its history, and what they are where they are not null.
RULES: dict[str, Rule] = {
    **{f"{stage}_acc": FRACTION for stage in STAGES},
    **{f"{stage}_loss": NOT_NEGATIVE for stage in STAGES},
    **dict.fromkeys(("seconds", "train_seconds", "total_seconds"), NOT_NEGATIVE),
    **dict.fromkeys(("seed", "train_size", "parameters", "epochs", "best_epoch", "threads"), NOT_NEGATIVE),
    **{name: ("above 0", lambda v: v > 0) for name in ("lr", "batch_size")},
}


def check_record(record: Record, statuses: Sequence[str] = STATUSES) -> None:
    """Raise ValueError, in one line, for a record that no run of this or an earlier version has written."""
    hints = hints_of(Record) | {"history": list[dict[str, float | None]]}
    for name, hint in hints.items():
        if name != "run_dir":
            check_type(getattr(record, name), type(record.config) if name == "config" else hint, name)
    if record.status not in statuses:
        raise ValueError(f"status is {shown(record.status)}, not {' or '.join(statuses)}")
    _check_rules(vars(record), "")
    _check_started(record.started)
    if record.status == "ok" and record.test_acc is None:
        raise ValueError("test_acc is null, but status is ok")
    for number, row in enumerate(record.history, start=1):
        _check_rules(row, f"history[{number - 1}].")
        if row.get("epoch") != number:
            raise ValueError(f"history[{number - 1}].epoch is {shown(row.get('epoch'))}, not {number}")
    _check_images(record)
    _check_per_class(record)
    if record.code == code_digest():  # by other code a key may be computed in another way
        _check_configuration(record)


def _check_rules(values: Any, prefix: str) -> None:
    for name, (rule, is_valid) in RULES.items():
        if values.get(name) is not None and not is_valid(values[name]):
            raise ValueError(f"{prefix}{name} is {shown(values[name])}, not {rule}")


def _check_started(started: str) -> None:
    try:
        datetime.fromisoformat(started)
    except ValueError:
        raise ValueError(f"started is {shown(started)}, not a time") from None


def _check_images(record: Record) -> None:
    images = record.config.images
    if len(images.shape) != 3 or min(images.shape) < 1 or not images.classes:
        raise ValueError("config.images does not describe images and their classes")


def _check_per_class(record: Record) -> None:
    """Each list has an entry for each class, or none."""
    if record.per_class is None:
        return
    number = len(record.config.images.classes)
    for name, values in record.per_class.items():
        if len(values) not in (0, number):  # type: ignore[arg-type]
            raise ValueError(f"per_class.{name} has {len(values)} entries, but there are {number} classes")  # type: ignore[arg-type]
    for name in ("precision", "recall", "f1"):
        if not all(FRACTION[1](value) for value in record.per_class[name]):  # type: ignore[literal-required]
            raise ValueError(f"per_class.{name} holds a number that is not {FRACTION[0]}")
    confusion = record.per_class["confusion"]
    counts = [*record.per_class["support"], *(count for row in confusion for count in row)]
    if min(counts, default=0) < 0 or any(len(row) != number for row in confusion) or not sum(counts):
        raise ValueError("per_class does not count the images of each class")


def _check_configuration(record: Record) -> None:
    """The fields that follow from the configuration."""
    config = record.config
    follows: dict[str, object] = {
        "data": config.data.name,
        "model": config.model.name,
        "activation": activation_name(config.model),
        "seed": config.seed,
        "lr": config.optimizer.lr,
        "batch_size": config.data.batch_size,
        "key": key(config),
    }
    for name, expected in follows.items():
        if getattr(record, name) != expected:
            given = shown(getattr(record, name))
            raise ValueError(f"{name} is {given}, but that of its configuration is {shown(expected)}")
