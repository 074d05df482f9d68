"""The looks of a sweep with sweep.until=decided: kept in its folder, and what its records say at them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnist_exp.config.schema import StudyConfig
from mnist_exp.errors import UserError
from mnist_exp.runs.files import write_json
from mnist_exp.runs.record import Record
from mnist_exp.study.sequential import Decisions, decide
from mnist_exp.study.spending import Looks

LOOKS = "looks.json"


def write_looks(folder: Path, looks: Looks, options: StudyConfig) -> None:
    """Write when the results are looked at, and what else is fixed before the first run."""
    write_json(folder / LOOKS, asdict(looks) | _fixed(looks, options))


def read_looks(folder: Path) -> Looks | None:
    """When the results of a sweep are looked at; None for a sweep whose seeds were typed. Raises UserError."""
    try:
        values = json.loads((folder / LOOKS).read_text())
        return Looks(*(int(values[name]) for name in ("first", "step", "last")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / LOOKS} is damaged ({type(error).__name__}: {error}).") from error


def refuse_changes(folder: Path, looks: Looks, options: StudyConfig) -> None:
    """Raise UserError if what was fixed before the first run of a sweep is not the same now."""
    if not (folder / LOOKS).is_file():
        return
    stored = json.loads((folder / LOOKS).read_text())
    for key, value in _fixed(looks, options).items():
        before = stored.get(key)
        if before != value:
            as_typed = "null" if before is None else before
            raise UserError(
                f"{key} was {as_typed} when {folder} began, and the error of its tests was shared out by that: "
                f"type {key}={as_typed}, or choose another sweep.name."
            )


def _fixed(looks: Looks, options: StudyConfig) -> dict[str, Any]:
    return {"sweep.max_seeds": looks.last, "study.margin": options.margin, "study.control": options.control}


def decide_records(arms: Mapping[str, Sequence[Record]], looks: Looks, options: StudyConfig) -> Decisions:
    """Decide every pair of arms of one network and data set. Runs that are missing have not ended."""
    accuracies = {
        name: {record.seed: record.test_acc for record in records if record.status != "missing"}
        for name, records in arms.items()
    }
    resolution = 1 / _test_images([record for records in arms.values() for record in records])
    return decide(accuracies, looks, options.margin / 100, options.control, resolution)


def _test_images(records: Sequence[Record]) -> int:
    """How many images the accuracies are shares of; 10,000, as of MNIST, where no record says it."""
    return max((sum(record.per_class["support"]) for record in records if record.per_class), default=10_000)
