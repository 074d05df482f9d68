"""The tables of a study as CSV: a row for each run, cell, and pair of activations."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any

from mnist_exp.runs.files import checkpoint_path, write_csv
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import best_run
from mnist_exp.study.cells import Cell, cells, ok
from mnist_exp.study.comparison import Comparison
from mnist_exp.study.statistics import Interval, accuracy_interval, interval
from mnist_exp.study.swept_settings import Settings, settings_of, swept_keys

# Long or nested: these stay in result.json.
NOT_COLUMNS = ("config", "config_dir", "history", "metrics", "per_class", "overrides", "versions", "run_dir")
CSVRow = dict[str, Any]


@dataclass(frozen=True)
class CellSummary:
    """How the runs of a cell ended, what they reached, and the best of them."""

    data: str
    model: str
    activation: str | None
    settings: Settings  # that were swept
    n: int  # runs that ended well
    failed: int
    diverged: int
    missing: int
    val_acc: Interval | None
    test_acc: Interval | None
    metrics: dict[str, Interval | None]  # configured ones: val_f1, test_f1
    train_seconds_median: float | None
    best_checkpoint: str | None
    command: str

    def csv_row(self) -> CSVRow:
        """A row of summary.csv: each swept setting is a column."""
        return {
            **{"data": self.data, "model": self.model, "activation": self.activation, **self.settings, "n": self.n},
            **{"failed": self.failed, "diverged": self.diverged, "missing": self.missing},
            **_interval_columns("val_acc", self.val_acc),
            **_interval_columns("test_acc", self.test_acc),
            **self._metric_columns(),
            "train_seconds_median": self.train_seconds_median,
            **{"best_checkpoint": self.best_checkpoint, "command": self.command},
        }

    def _metric_columns(self) -> CSVRow:
        return {k: v for name, values in self.metrics.items() for k, v in _interval_columns(name, values).items()}


def _interval_columns(metric: str, values: Interval | None) -> CSVRow:
    return {f"{metric}_{part}": values and getattr(values, part) for part in ("mean", "sd", "low", "high")}


def write_tables(
    folder: Path,
    records: Sequence[Record],
    swept: Sequence[str],
    comparisons: Sequence[Comparison],
    all_runs: Sequence[Record] | None = None,
) -> None:
    """Write results.csv, summary.csv and comparisons.csv. `all_runs` are those of results.csv, if there are more."""
    runs, keys = (records, swept) if all_runs is None else (all_runs, swept_keys(all_runs))
    write_csv(folder / "results.csv", [result_row(record, keys) for record in runs])
    write_csv(folder / "summary.csv", [summary.csv_row() for summary in summarise(records, swept)])
    write_csv(folder / "comparisons.csv", [pair.csv_row() for pair in comparisons])


def result_row(record: Record, swept: Sequence[str]) -> CSVRow:
    """A row of results.csv, also of a run that failed or is missing."""
    values = {f.name: getattr(record, f.name) for f in fields(record) if f.name not in NOT_COLUMNS}
    return {
        **values,
        **record.metrics,
        **settings_of(record, swept),
        "overrides": " ".join(record.overrides),
        "versions": " ".join(f"{package}={version}" for package, version in record.versions.items()),
        **{"checkpoint": _checkpoint(record), "command": command([record])},
    }


def summarise(records: Sequence[Record], swept: Sequence[str]) -> list[CellSummary]:
    """Each cell, with the mean, sd and 95 % interval of its accuracies."""
    names = metric_names(records)
    return [_summarise_cell(cell, runs, names) for cell, runs in cells(records, swept).items()]


def metric_names(records: Sequence[Record]) -> list[str]:
    """The configured metrics that any run has on the validation or test set, as val_f1 and test_f1."""
    names = dict.fromkeys(name for record in records for name in record.metrics)
    return [name for name in names if not name.startswith("train_")]


def _summarise_cell(cell: Cell, runs: Sequence[Record], metrics: Sequence[str]) -> CellSummary:
    finished, best = ok(runs), best_run(runs)
    seconds = [run.train_seconds for run in finished if run.train_seconds is not None]
    return CellSummary(
        data=cell.data,
        model=cell.model,
        activation=cell.activation,
        settings=cell.settings,
        n=len(finished),
        failed=_count(runs, "failed"),
        diverged=_count(runs, "diverged"),
        missing=_count(runs, "missing"),
        val_acc=_known_interval(accuracy_interval, [run.val_acc for run in finished]),
        test_acc=_known_interval(accuracy_interval, [run.test_acc for run in finished]),
        metrics={name: _known_interval(interval, [run.metrics.get(name) for run in finished]) for name in metrics},
        train_seconds_median=median(seconds) if seconds else None,
        best_checkpoint=_checkpoint(best) if best else None,
        command=command(runs),
    )


def _count(runs: Sequence[Record], status: str) -> int:
    return sum(run.status == status for run in runs)


def _known_interval(
    interval_of: Callable[[Sequence[float]], Interval], values: Sequence[float | None]
) -> Interval | None:
    known = [value for value in values if value is not None]
    return interval_of(known) if known else None


def _checkpoint(record: Record) -> str | None:
    return str(checkpoint_path(record.run_dir)) if record.status == "ok" else None


def command(runs: Sequence[Record]) -> str:
    """The command that does these runs of one cell again."""
    shared = [override for override in runs[0].overrides if not override.startswith("seed=")]
    seeds = ",".join(str(seed) for seed in sorted({run.seed for run in runs}))
    options = ["-m"] if "," in seeds else []
    if runs[0].config_dir:
        options += ["--config-dir", runs[0].config_dir]
    return shlex.join(["python", "-m", "mnist_exp", *options, *shared, f"seed={seeds}"])
