"""What a run reports about itself: result.json as a dataclass."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from mnist_exp.config.build import build_config
from mnist_exp.config.schema import Config
from mnist_exp.runs.identity import activation_name, code_digest, directory_name, key
from mnist_exp.runs.versions import machine, versions

if TYPE_CHECKING:
    from mnist_exp.notebook import Page
    from mnist_exp.training.classifier import LitClassifier

DID_NOT_FINISH = "did not finish"
STATUSES = ("ok", "failed", "diverged")  # of a run that has ended
# Keys that earlier versions did not write, and what their records mean by that: no published setup is repeated,
# the machine and the code are unknown, and there are no metrics but loss and accuracy.
ABSENT: dict[str, Any] = {"experiment": None, "machine": None, "code": None, "metrics": {}, "config_dir": None}


class PerClass(TypedDict):
    """Measured on the test set, by class; `confusion` has a row per true class."""

    precision: list[float]
    recall: list[float]
    f1: list[float]
    support: list[int]
    confusion: list[list[int]]


@dataclass(repr=False)
class Record:
    """result.json, key by key. Accuracies are fractions; a number that does not exist is None."""

    key: str
    data: str  # the data that was used, also after a fallback
    model: str
    experiment: str | None  # the published setup that the run repeats
    activation: str | None  # None for a network that has none
    seed: int
    lr: float
    batch_size: int
    overrides: list[str]
    config: Config
    started: str
    config_dir: str | None = None  # a folder with config files of the user's own
    status: str = "missing"  # until the run ends: then ok | failed | diverged
    error: str | None = DID_NOT_FINISH
    train_size: int | None = None
    parameters: int | None = None
    epochs: int | None = None  # trained
    best_epoch: int | None = None  # the epoch of the checkpoint and of the accuracies and losses below
    train_acc: float | None = None  # running accuracy over that epoch
    train_loss: float | None = None
    val_acc: float | None = None
    val_loss: float | None = None
    test_acc: float | None = None
    test_loss: float | None = None
    metrics: dict[str, float | None] = field(default_factory=dict)  # configured ones: train_f1, val_f1, test_f1
    per_class: PerClass | None = None
    history: list[dict[str, float]] = field(default_factory=list)  # a row per epoch
    train_seconds: float | None = None  # the training steps alone
    total_seconds: float | None = None  # includes the start of the process for its first run
    device: str | None = None
    precision: str | None = None
    threads: int | None = None
    machine: str | None = field(default_factory=machine)
    versions: dict[str, str | None] = field(default_factory=versions)
    code: str | None = field(default_factory=code_digest)  # digest of the code that decides the numbers
    run_dir: Path = field(default=Path(), compare=False)  # where the record is stored; not written

    def __repr__(self) -> str:
        accuracies = f"val_acc={self.val_acc}, test_acc={self.test_acc}"
        return f"<Record {self.run_name}: {self.status}, {accuracies}, in {self.run_dir}>"

    @property
    def run_name(self) -> str:
        """The name of the run's directory in a sweep."""
        return directory_name(self.model, self.activation, self.seed, self.key)

    def to_dict(self) -> dict[str, Any]:
        """What is written: plain values, ready for JSON."""
        values = asdict(self)
        del values["run_dir"]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any], run_dir: Path) -> "Record":
        """A record of this version or an earlier one. Raises an ordinary exception for anything else."""
        known = ABSENT | values
        found = {f.name: known[f.name] for f in fields(cls) if f.name not in ("config", "run_dir")}
        return cls(**found, config=build_config(values["config"]), run_dir=run_dir)

    def load_model(self) -> "LitClassifier":
        """The trained network in evaluation mode. Raises UserError if its checkpoint is missing or damaged."""
        from mnist_exp.runs.checkpoints import load_model

        return load_model(self.run_dir)

    def playground(self) -> "Page":
        """The classroom page of this run, written to its folder; inline in a notebook. Raises UserError."""
        from mnist_exp.notebook import classroom_page

        return classroom_page(self.run_dir)


def blank(config: Config, overrides: Sequence[str], config_dir: str | None = None) -> Record:
    """The record of a run that has not ended.

    Args:
        config: of the run.
        overrides: what was typed for it.
        config_dir: the folder that was named with --config-dir.
    """
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
        config_dir=config_dir,
        started=datetime.now().astimezone().isoformat(timespec="seconds"),
    )
