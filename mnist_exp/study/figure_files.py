"""Writes the plots of a study to figures/, as PNG, SVG and PDF in the sizes of a paper."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from mnist_exp.figures.style import save_for_paper
from mnist_exp.runs.files import FIGURES
from mnist_exp.runs.record import Record
from mnist_exp.study.comparison import Comparison
from mnist_exp.study.plots import Plot, study_plots
from mnist_exp.study.ranking import Ranking
from mnist_exp.study.variance import Variance
from mnist_exp.study.variance_plots import variance_plots

SUFFIXES = (".png", ".svg", ".pdf")


def write_figures(
    folder: Path,
    records: Sequence[Record],
    swept: Sequence[str],
    comparisons: Sequence[Comparison],
    ranking: Ranking | None = None,
    variance: Variance | None = None,
) -> None:
    """Write all plots that these runs have data for, in place of those of an earlier study."""
    for path in (folder / FIGURES).glob("*.png"):
        for suffix in SUFFIXES:
            path.with_suffix(suffix).unlink(missing_ok=True)
    save_plots(folder, study_plots(records, swept, comparisons, ranking))
    save_plots(folder, variance_plots(variance) if variance else [])


def save_plots(folder: Path, plots: Iterable[Plot]) -> None:
    """Write each plot under its name to the folder of figures."""
    for plot in plots:
        save_for_paper(plot.figure, folder / FIGURES, plot.name)
