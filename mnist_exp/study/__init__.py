"""What a finished sweep says: results (the leaderboard), statistics, tables (the CSV files and their plain words)."""

from collections.abc import Sequence
from pathlib import Path

from mnist_exp.record import Result
from mnist_exp.study.results import leaderboard
from mnist_exp.study.tables import in_plain_words, write_tables


def study(folder: Path, results: Sequence[Result]) -> str:
    """Write the tables into the folder; the leaderboard and what it supports, to be printed."""
    words = in_plain_words(write_tables(folder, results))
    return "\n\n".join(filter(None, [leaderboard(list(results)), words]))
