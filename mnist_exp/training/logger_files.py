"""The files that loggers write into a run's directory, cut back to what they held when the run's state was stored."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger

from mnist_exp.runs.files import CSV_LOGS, EVENTS

Lengths = dict[str, int]  # by the name of the file: bytes of an event file, rows of a table


def lengths(run_dir: Path, loggers: Sequence[Logger]) -> Lengths:
    """How long the files are, after everything that was logged has been written to them."""
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.experiment.flush()
        elif isinstance(logger, CSVLogger):
            logger.save()
    found = {path.name: path.stat().st_size for path in run_dir.glob(EVENTS)}
    return found | {path.name: len(_rows(path)) for path in _tables(run_dir)}


def cut_back(run_dir: Path, loggers: Sequence[Logger], stored: Lengths) -> None:
    """Remove what was logged later. Called before anything else is logged."""
    for path in run_dir.glob(EVENTS):
        if path.name not in stored:
            path.unlink()
        elif path.stat().st_size > stored[path.name]:
            os.truncate(path, stored[path.name])
    tables = {path.name: _rows(path)[: stored.get(path.name, 0)] for path in _tables(run_dir)}
    for name in tables:
        (run_dir / CSV_LOGS / name).unlink()  # a CSVLogger would warn of it
    for logger in loggers:
        if isinstance(logger, CSVLogger) and Path(logger.log_dir) == run_dir / CSV_LOGS:
            writer = logger.experiment
            writer.metrics = tables.get(writer.NAME_METRICS_FILE, [])
            writer.save()


def _tables(run_dir: Path) -> list[Path]:
    return sorted((run_dir / CSV_LOGS).glob("*.csv"))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [{name: value for name, value in row.items() if value} for row in csv.DictReader(file)]
