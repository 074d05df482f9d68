"""The means of a sweep, cell by cell, as parameters and metrics: what `mnist-exp publish` sends."""

import re
from dataclasses import dataclass
from pathlib import Path

from mnist_exp.command_line import require_folders
from mnist_exp.errors import UserError
from mnist_exp.runs.sweep_dir import records_to_study, study_config
from mnist_exp.study.csv_tables import CellSummary, summarise
from mnist_exp.study.page.render import PAGE
from mnist_exp.study.seed_sources import split_by_source
from mnist_exp.study.swept_settings import swept_keys
from mnist_exp.study.write import write_study

ATTACHED = ("comparisons.csv", PAGE)
NO_VALUE = ("command", "best_checkpoint")  # of a row: neither a parameter nor a metric


@dataclass(frozen=True)
class Entry:
    """The mean of a cell."""

    name: str
    params: dict[str, str]
    metrics: dict[str, float]
    command: str


@dataclass(frozen=True)
class Means:
    """A sweep as it is sent."""

    folder: Path
    entries: list[Entry]
    unfinished: int  # runs that failed, diverged or are missing

    @property
    def sweep(self) -> str:
        """The folder's name, with the characters that both services accept in names and filters."""
        return re.sub(r"[^\w.-]", "_", self.folder.resolve().name)

    @property
    def attached(self) -> list[Path]:
        """The files that exist: a sweep over one activation has no comparisons."""
        return [self.folder / name for name in ATTACHED if (self.folder / name).is_file()]


def entry(summary: CellSummary) -> Entry:
    """A row of summary.csv as parameters and metrics. Values that do not exist are left out."""
    row = {name: value for name, value in summary.csv_row().items() if name not in NO_VALUE and value is not None}
    named = {"data", "model", "activation", *summary.settings}
    params = {name: str(value) for name, value in row.items() if name in named}
    metrics = {name: float(value) for name, value in row.items() if name not in named}
    settings = [f"{name}={value}" for name, value in summary.settings.items()]
    parts = [summary.data, summary.model, summary.activation, *settings]
    return Entry(" ".join(filter(None, parts)), params, metrics, summary.command)


def read_means(folder: Path) -> Means:
    """The means of a sweep, whose tables and page are written again so that they agree with them.

    Raises UserError if the folder does not exist or no run in it has finished.
    """
    require_folders([folder], "name one that holds the runs of a sweep")
    records = records_to_study([folder])
    finished = [record for record in records if record.status == "ok"]
    if not finished:
        raise UserError(f"No finished run in {folder}.")
    write_study(folder, records, study_config([folder], records))
    ordinary, _ = split_by_source(records)
    entries = [entry(summary) for summary in summarise(ordinary, swept_keys(ordinary)) if summary.n]
    return Means(folder, entries, len(records) - len(finished))
