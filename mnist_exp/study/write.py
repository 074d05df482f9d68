"""Everything that a study writes to its folder: tables, curves for TensorBoard, and the page with its plots."""

from collections.abc import Sequence
from pathlib import Path

from mnist_exp.config.schema import StudyConfig
from mnist_exp.error_messages import explain
from mnist_exp.full_disk import raise_full_disk
from mnist_exp.runs.files import FIGURES, checkpoint_path
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import best_run
from mnist_exp.study.figure_files import write_figures
from mnist_exp.study.findings import write_findings
from mnist_exp.study.mean_curves import write_overlay
from mnist_exp.study.page.render import PAGE
from mnist_exp.study.page.write import write_page
from mnist_exp.study.reproduction_files import write_reproduction


def write_study(folder: Path, records: Sequence[Record], options: StudyConfig) -> str:
    """Write the study of these runs, compared as `options` say. Returns the leaderboard and the verdicts, as text."""
    found = write_findings(folder, records, options)
    records, swept, verdicts = found.records, found.swept, found.verdicts
    try:
        write_figures(folder, records, swept, found.comparisons, found.ranking, found.variance)
    except Exception as error:  # a plot that fails must not hide the verdicts
        raise_full_disk(error)
        verdicts += f"\n! {FIGURES}/ is not complete: {explain(error)}"
    write_overlay(folder, records, swept)
    try:
        write_page(folder, records, swept, found.comparisons, verdicts, found.ranking, found.variance)
    except Exception as error:
        raise_full_disk(error)
        verdicts += f"\n! {PAGE} is not written: {explain(error)}"
    try:
        reproduction = write_reproduction(folder, records, swept)
    except Exception as error:
        raise_full_disk(error)
        reproduction = f"! The reproduction is not written: {explain(error)}"
    return "\n\n".join(filter(None, [found.leaderboard, verdicts, reproduction, _best_run_line(records)]))


def _best_run_line(records: Sequence[Record]) -> str:
    """Where the weights of the best run are; runs on several data sets have no best one."""
    best = best_run(records) if len({record.data for record in records}) == 1 else None
    return f"Best run by validation: {checkpoint_path(best.run_dir)}" if best else ""
