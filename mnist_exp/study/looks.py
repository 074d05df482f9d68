"""The looks of a sweep with sweep.until=decided: kept in its folder, and what its records say at them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

from mnist_exp.config.schema import StudyConfig
from mnist_exp.errors import UserError
from mnist_exp.runs.files import write_json
from mnist_exp.runs.record import Record
from mnist_exp.runs.sweep_dir import LOOKS
from mnist_exp.runs.typed_values import check_type
from mnist_exp.runs.untrusted import MB, DamagedError, read_json
from mnist_exp.study.sequential import Decisions, decide
from mnist_exp.study.spending import Looks

Stored = TypedDict(
    "Stored", {"first": int, "step": int, "last": int, "study.margin": float, "study.control": str | None}
)
MOST_SEEDS, MOST_BYTES = 10_000, MB


@dataclass(frozen=True)
class Rules:
    """What is fixed before the first run of such a sweep: when results are looked at, the margin and the control."""

    looks: Looks
    margin: float  # points
    control: str | None

    @classmethod
    def of(cls, looks: Looks, options: StudyConfig) -> "Rules":
        """The rules of a sweep that is compared as `options` say."""
        return cls(looks, options.margin, options.control)

    @property
    def options(self) -> StudyConfig:
        """How activations are compared."""
        return StudyConfig(margin=self.margin, control=self.control)

    @property
    def by_key(self) -> dict[str, Any]:
        """What a user has typed, by key."""
        return {"sweep.max_seeds": self.looks.last, "study.margin": self.margin, "study.control": self.control}


def write_rules(folder: Path, rules: Rules) -> None:
    """Write the rules of a sweep into its folder."""
    write_json(folder / LOOKS, asdict(rules.looks) | rules.by_key)


def read_rules(folder: Path) -> Rules | None:
    """The rules of a sweep; None for one whose seeds were typed. Raises UserError."""
    try:
        values = read_json(folder / LOOKS, MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        check_type(values, Stored, "it")
        looks = Looks(*(values[name] for name in ("first", "step", "last")))
        rules = Rules(looks, values["study.margin"], values["study.control"])
        if not (2 <= looks.first <= looks.last <= MOST_SEEDS and looks.step >= 1 and rules.margin > 0):
            raise ValueError("its numbers are no rules of a sweep")
        return rules
    except ValueError as error:
        advice = "Restore it, or delete it to compare the runs as if their seeds had been typed."
        raise DamagedError(folder / LOOKS, f"{error}. {advice}") from error


def read_all_rules(records: Iterable[Record]) -> dict[Path, Rules]:
    """The rules of the sweeps that these runs belong to, by folder. Raises UserError."""
    folders = {record.run_dir.parent for record in records}
    return {folder: rules for folder in folders if (rules := read_rules(folder))}


def refuse_changes(folder: Path, stored: Rules, typed: Rules) -> None:
    """Raise UserError if what was fixed before the first run of a sweep is not the same now."""
    for key, value in typed.by_key.items():
        before = stored.by_key[key]
        if before != value:
            as_typed = "null" if before is None else before
            raise UserError(
                f"{key} was {as_typed} when {folder} began, and the error of its tests was shared out by that: "
                f"type {key}={as_typed}, or choose another sweep.name."
            )


def decide_records(arms: Mapping[str, Sequence[Record]], rules: Rules) -> Decisions:
    """Decide every pair of arms of one network and data set. Runs that are missing have not ended."""
    accuracies = {
        name: {
            record.seed: record.test_acc if record.status == "ok" else None
            for record in records
            if record.status != "missing"
        }
        for name, records in arms.items()
    }
    resolution = 1 / _test_images([record for records in arms.values() for record in records])
    return decide(accuracies, rules.looks, rules.margin / 100, rules.control, resolution)


def _test_images(records: Sequence[Record]) -> int:
    """How many images the accuracies are shares of; 10,000, as of MNIST, where no record says it."""
    return max((sum(record.per_class["support"]) for record in records if record.per_class), default=10_000)
