"""What a study finds, written as tables. It loads no plotting library: a sweep that is interrupted ends soon."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_exp.config.schema import StudyConfig
from mnist_exp.runs.files import write_csv
from mnist_exp.runs.record import Record
from mnist_exp.study.associations import study_associations
from mnist_exp.study.at_chance import at_chance_text
from mnist_exp.study.comparison import Comparison
from mnist_exp.study.comparisons import compare
from mnist_exp.study.csv_tables import write_tables
from mnist_exp.study.leaderboard import leaderboard
from mnist_exp.study.looks import read_all_rules
from mnist_exp.study.ranking import Ranking, rank_over_blocks
from mnist_exp.study.ranking_text import ranking_text
from mnist_exp.study.seed_sources import split_by_source
from mnist_exp.study.summary_table import write_summary
from mnist_exp.study.swept_settings import swept_keys
from mnist_exp.study.variance import Variance, measure
from mnist_exp.study.variance_report import variance_text, write_variance
from mnist_exp.study.verdict import verdict_text


@dataclass(frozen=True)
class Findings:
    """What is found in the runs."""

    records: Sequence[Record]  # of whole runs; those that measure one source of randomness are in `variance`
    swept: Sequence[str]
    comparisons: Sequence[Comparison]
    ranking: Ranking | None
    variance: Variance | None
    leaderboard: str
    verdicts: str


def write_findings(folder: Path, all_records: Sequence[Record], options: StudyConfig) -> Findings:
    """Compare these runs as `options` say, and write the tables."""
    records, sources = split_by_source(all_records)
    variance = measure(sources, options.margin) if sources else None
    swept = swept_keys(records)
    comparisons = compare(records, swept, options, read_all_rules(records))
    over_blocks = rank_over_blocks(records, swept)
    write_tables(folder, records, swept, comparisons, all_records if sources else None)
    write_csv(folder / "ranking.csv", over_blocks.csv_rows() if over_blocks else [])
    write_csv(folder / "associations.csv", [one.csv_row() for one in study_associations(records, swept).found])
    write_variance(folder, variance)
    write_summary(folder, records, swept)
    texts = [verdict_text(records, swept, comparisons, options.control), at_chance_text(records, swept)]
    texts += [ranking_text(over_blocks) if over_blocks else "", variance_text(variance) if variance else ""]
    board = leaderboard(records, swept) if records or not variance else ""
    return Findings(records, swept, comparisons, over_blocks, variance, board, "\n".join(filter(None, texts)))
