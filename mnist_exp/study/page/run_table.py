"""The table of all runs: columns, and a row for each run with its command and links to its figures."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mnist_exp.runs.files import FIGURES
from mnist_exp.runs.record import Record
from mnist_exp.study.csv_tables import command
from mnist_exp.study.swept_settings import ABSENT, settings_of

RUN_KEYS = ("model", "activation", "seed", "status", "error", "val_acc", "test_acc", "train_seconds", "data")


@dataclass(frozen=True)
class Column:
    """A column of the table of runs."""

    key: str
    title: str
    text: bool = False
    form: Callable[[Any], str] = lambda value: "" if value is None else str(value)


@dataclass(frozen=True)
class Link:
    """A picture of a run."""

    name: str
    address: str  # relative to the page


@dataclass(frozen=True)
class RunRow:
    """A run."""

    name: str
    status: str
    error: str | None
    values: dict[str, Any]  # by the keys of the columns
    command: str
    figures: list[Link]


def columns(swept: Sequence[str]) -> list[Column]:
    """Of the table of runs."""
    return [
        Column("model", "network", text=True),
        Column("activation", "activation", text=True),
        *(Column(key, key) for key in swept),
        Column("seed", "seed"),
        Column("val_acc", "validation, %", form=_percent),
        Column("test_acc", "test, %", form=_percent),
        Column("status", "status", text=True),
        Column("train_seconds", "training, s", form=lambda value: "" if value is None else f"{value:.1f}"),
        Column("data", "data", text=True),
    ]


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f}"


def run_rows(records: Sequence[Record], swept: Sequence[str], folder: Path) -> list[RunRow]:
    """A row for each run, in the order of the records."""
    return [
        RunRow(
            record.run_dir.name,
            record.status,
            record.error,
            {key: getattr(record, key) for key in RUN_KEYS}
            | {key: None if value == ABSENT else value for key, value in settings_of(record, swept).items()},
            command([record]),
            figure_links(record.run_dir, folder),
        )
        for record in records
    ]


def figure_links(run_dir: Path, folder: Path) -> list[Link]:
    """The run's pictures that exist, by addresses relative to the page's folder."""
    pictures = sorted((run_dir / FIGURES).glob("*.png"))
    start = folder.resolve()
    return [Link(path.stem, quote(Path(os.path.relpath(path.resolve(), start)).as_posix())) for path in pictures]
