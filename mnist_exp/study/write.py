"""All that a study leaves in a folder: CSV tables, their summary in Markdown and LaTeX, curves for TensorBoard,
and the page that shows it all."""

from collections.abc import Sequence
from pathlib import Path

from mnist_exp.errors import explain
from mnist_exp.runs.files import checkpoint_path
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import best_run
from mnist_exp.study.cells import swept_keys
from mnist_exp.study.leaderboard import leaderboard
from mnist_exp.study.overlay import write_overlay
from mnist_exp.study.page import PAGE, write_page
from mnist_exp.study.reproduction_tables import write_reproduction
from mnist_exp.study.summary_table import write_pivots
from mnist_exp.study.tables import comparison_rows, write_tables
from mnist_exp.study.verdict import in_plain_words


def write_study(folder: Path, results: Sequence[Record]) -> str:
    """Write it; the leaderboard and what it supports, to be printed."""
    swept = swept_keys(results)
    comparisons = comparison_rows(results, swept)
    write_tables(folder, results, swept, comparisons)
    write_pivots(folder, results, swept)
    write_overlay(folder, results, swept)
    words = in_plain_words(results, swept, comparisons)
    try:
        write_page(folder, results, swept, comparisons, words)
    except Exception as error:  # a picture that fails must not hide the verdict
        words += f"\n! {PAGE} is not written: {explain(error)}"
    try:
        repeated = write_reproduction(folder, results, swept)
    except Exception as error:
        repeated = f"! The reproduction is not written: {explain(error)}"
    return "\n\n".join(filter(None, [leaderboard(results), words, repeated, _best(results)]))


def _best(results: Sequence[Record]) -> str:
    """Where the weights of the best run lie; on several sets of data there is no best."""
    best = best_run(results) if len({r["data"] for r in results}) == 1 else None
    return f"Best run by validation: {checkpoint_path(Path(best['run_dir']))}" if best else ""
