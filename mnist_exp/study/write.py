"""Everything that a study writes to its folder: tables, curves for TensorBoard, and the page with its plots."""

from collections.abc import Sequence
from pathlib import Path

from mnist_exp.config.schema import StudyConfig
from mnist_exp.error_messages import explain
from mnist_exp.runs.files import FIGURES, checkpoint_path, write_csv
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import best_run
from mnist_exp.study.at_chance import at_chance_text
from mnist_exp.study.comparisons import compare
from mnist_exp.study.csv_tables import write_tables
from mnist_exp.study.figure_files import write_figures
from mnist_exp.study.leaderboard import leaderboard
from mnist_exp.study.looks import read_all_rules
from mnist_exp.study.mean_curves import write_overlay
from mnist_exp.study.page.render import PAGE
from mnist_exp.study.page.write import write_page
from mnist_exp.study.ranking import rank_over_blocks
from mnist_exp.study.ranking_text import ranking_text
from mnist_exp.study.reproduction_files import write_reproduction
from mnist_exp.study.seed_sources import split_by_source
from mnist_exp.study.summary_table import write_summary
from mnist_exp.study.swept_settings import swept_keys
from mnist_exp.study.variance import measure
from mnist_exp.study.variance_report import variance_text, write_variance
from mnist_exp.study.verdict import verdict_text


def write_study(folder: Path, records: Sequence[Record], options: StudyConfig) -> str:
    """Write the study of these runs, compared as `options` say. Returns the leaderboard and the verdicts, as text."""
    all_runs, (records, sources) = records, split_by_source(records)
    variance = measure(sources, options.margin) if sources else None
    swept = swept_keys(records)
    comparisons = compare(records, swept, options, read_all_rules(records))
    over_blocks = rank_over_blocks(records, swept)
    write_tables(folder, records, swept, comparisons, all_runs if sources else None)
    write_csv(folder / "ranking.csv", over_blocks.csv_rows() if over_blocks else [])
    write_variance(folder, variance)
    write_summary(folder, records, swept)
    texts = [verdict_text(records, swept, comparisons, options.control), at_chance_text(records, swept)]
    texts += [ranking_text(over_blocks) if over_blocks else "", variance_text(variance) if variance else ""]
    verdicts = "\n".join(filter(None, texts))
    try:
        write_figures(folder, records, swept, comparisons, over_blocks, variance)
    except Exception as error:  # a plot that fails must not hide the verdicts
        verdicts += f"\n! {FIGURES}/ is not complete: {explain(error)}"
    write_overlay(folder, records, swept)
    try:
        write_page(folder, records, swept, comparisons, verdicts, over_blocks, variance, all_runs if sources else None)
    except Exception as error:
        verdicts += f"\n! {PAGE} is not written: {explain(error)}"
    try:
        reproduction = write_reproduction(folder, records, swept)
    except Exception as error:
        reproduction = f"! The reproduction is not written: {explain(error)}"
    ranking = leaderboard(records, swept) if records or not variance else ""
    return "\n\n".join(filter(None, [ranking, verdicts, reproduction, _best_run_line(records)]))


def _best_run_line(records: Sequence[Record]) -> str:
    """Where the weights of the best run are; runs on several data sets have no best one."""
    best = best_run(records) if len({record.data for record in records}) == 1 else None
    return f"Best run by validation: {checkpoint_path(best.run_dir)}" if best else ""
