"""What a run says about itself: result.json as a dataclass."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

from mnist_exp.config.schema import Config
from mnist_exp.runs.identity import activation_name, code_digest, key
from mnist_exp.runs.versions import machine, versions


class PerClass(TypedDict):
    """Measured on the test set, by class; `confusion` has a row per true class."""

    precision: list[float]
    recall: list[float]
    f1: list[float]
    support: list[int]
    confusion: list[list[int]]


@dataclass
class Record:
    """result.json, key by key. Accuracies are fractions; a number that does not exist is None."""

    key: str
    data: str  # the data really used
    model: str
    experiment: str | None  # the published setup that it repeats
    activation: str | None  # None for a network without hidden units
    seed: int
    lr: float
    batch_size: int
    overrides: list[str]
    config: Config
    started: str
    status: str = "missing"  # until it ends: then ok | failed | diverged
    error: str | None = "did not end"
    train_size: int | None = None
    parameters: int | None = None
    epochs: int | None = None  # really trained
    best_epoch: int | None = None  # the epoch of the checkpoint and of every number below
    train_acc: float | None = None  # running accuracy over that epoch, as its batches were seen
    train_loss: float | None = None
    val_acc: float | None = None
    val_loss: float | None = None
    test_acc: float | None = None
    test_loss: float | None = None
    per_class: PerClass | None = None
    history: list[dict[str, float]] = field(default_factory=list)  # a row per epoch
    train_seconds: float | None = None  # the training steps alone
    total_seconds: float | None = None  # everything, the process's start-up too if this was its first run
    device: str | None = None
    precision: str | None = None
    threads: int | None = None
    machine: str | None = field(default_factory=machine)
    versions: dict[str, str | None] = field(default_factory=versions)
    code: str | None = field(default_factory=code_digest)  # digest of the code that decides the numbers
    run_dir: Path = field(default=Path(), compare=False)  # where it was read; not written

    def to_dict(self) -> dict[str, Any]:
        """What is written: plain values, ready for JSON."""
        values = asdict(self)
        del values["run_dir"]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any], run_dir: Path) -> "Record":
        """A record of this version or an earlier one. Raises KeyError or TypeError for anything else."""
        absent = {"machine": None, "code": None}
        known = {f.name: values[f.name] for f in fields(cls) if f.name in values}
        return cls(**absent | known | {"config": Config.from_dict(values["config"]), "run_dir": run_dir})

    # Temporary: read access as to a dictionary.
    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)

    def get(self, key: str, default: Any = None) -> Any:
        return getattr(self, key, default)

    def items(self) -> Iterator[tuple[str, Any]]:
        return ((f.name, getattr(self, f.name)) for f in fields(self))


def blank(config: Config, overrides: Sequence[str]) -> Record:
    """The record of a run that has not ended."""
    return Record(
        key=key(config),
        data=config.data.name,
        model=config.model.name,
        experiment=config.claim.name,
        activation=activation_name(config.model),
        seed=config.seed,
        lr=config.optimizer.lr,
        batch_size=config.data.batch_size,
        overrides=list(overrides),
        config=config,
        started=datetime.now().astimezone().isoformat(timespec="seconds"),
    )
