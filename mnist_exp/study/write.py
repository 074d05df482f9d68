"""Everything that a study writes to its folder: tables, curves for TensorBoard, and the page with its plots."""

from collections.abc import Sequence
from pathlib import Path

from mnist_exp.config.schema import StudyConfig
from mnist_exp.error_messages import explain
from mnist_exp.runs.files import checkpoint_path
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import best_run
from mnist_exp.study.comparisons import compare
from mnist_exp.study.csv_tables import write_tables
from mnist_exp.study.leaderboard import leaderboard
from mnist_exp.study.mean_curves import write_overlay
from mnist_exp.study.page import PAGE, write_page
from mnist_exp.study.reproduction_files import write_reproduction
from mnist_exp.study.summary_table import write_summary
from mnist_exp.study.swept_settings import swept_keys
from mnist_exp.study.verdict import verdict_text


def write_study(folder: Path, records: Sequence[Record], options: StudyConfig) -> str:
    """Write the study of these runs, compared as `options` say. Returns the leaderboard and the verdicts, as text."""
    swept = swept_keys(records)
    comparisons = compare(records, swept, options)
    write_tables(folder, records, swept, comparisons)
    write_summary(folder, records, swept)
    write_overlay(folder, records, swept)
    verdicts = verdict_text(records, swept, comparisons, options.control)
    try:
        write_page(folder, records, swept, comparisons, verdicts)
    except Exception as error:  # a plot that fails must not hide the verdicts
        verdicts += f"\n! {PAGE} is not written: {explain(error)}"
    try:
        reproduction = write_reproduction(folder, records, swept)
    except Exception as error:
        reproduction = f"! The reproduction is not written: {explain(error)}"
    return "\n\n".join(filter(None, [leaderboard(records), verdicts, reproduction, _best_run_line(records)]))


def _best_run_line(records: Sequence[Record]) -> str:
    """Where the weights of the best run are; runs on several data sets have no best one."""
    best = best_run(records) if len({record.data for record in records}) == 1 else None
    return f"Best run by validation: {checkpoint_path(best.run_dir)}" if best else ""
