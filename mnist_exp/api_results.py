"""Results of earlier runs and sweeps, for the Python API."""

from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from mnist_exp.api_arguments import folder_path
from mnist_exp.command_line import require_folders
from mnist_exp.errors import UserError
from mnist_exp.notebook import Page, classroom_page

if TYPE_CHECKING:
    from mnist_exp.training.classifier import LitClassifier


def load_results(folder: Path | str) -> pd.DataFrame:
    """Every run under a folder, of one sweep or of many, a row per run.

    Args:
        folder: a sweep's folder, or one that holds several, such as multirun.

    Returns:
        The columns of results.csv. A run that is in several folders has one row.

    Raises:
        UserError: no run has ended there.
    """
    from mnist_exp.runs.sweep_dir import records_to_study
    from mnist_exp.study.csv_tables import result_row
    from mnist_exp.study.swept_settings import swept_keys

    path = folder_path("folder", folder)
    require_folders([path], "name one that holds runs")
    records = records_to_study([path])
    if not records:
        raise UserError(f"{folder} holds no run that has ended.")
    swept = swept_keys(records)
    return pd.DataFrame([result_row(record, swept) for record in records])


def load_model(run_dir: Path | str) -> "LitClassifier":
    """The trained network of a run, in evaluation mode.

    Args:
        run_dir: the run's folder, with its result.json and checkpoint.

    Returns:
        The module. Calling it takes raw uint8 pixels (n, channels, height, width) and returns logits.

    Raises:
        UserError: there is no finished run, or its checkpoint is missing or damaged.
    """
    from mnist_exp.runs import checkpoints

    return checkpoints.load_model(Path(run_dir))


class Study:
    """The results of a sweep as DataFrames. In a notebook it shows its page.

    Args:
        folder: the sweep's folder.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row per run, those that failed, diverged or are missing too."""
        return self._table("results.csv")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row per cell: n, mean, sd and 95 % interval of the accuracies over the seeds."""
        return self._table("summary.csv")

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """A row per pair of activations, with the p-value and the verdict; empty for a single activation."""
        return self._table("comparisons.csv")

    def report(self) -> Path:
        """The path of the study's page, written anew. Raises UserError if no run has ended."""
        from mnist_exp import report
        from mnist_exp.study.page.render import PAGE

        report.report([self.folder])
        return self.folder / PAGE

    def _table(self, name: str) -> pd.DataFrame:
        from mnist_exp.runs.files import MOST_BYTES
        from mnist_exp.runs.untrusted import DamagedError, read_bytes

        path = self.folder / name
        try:
            return pd.read_csv(BytesIO(read_bytes(path, MOST_BYTES)))
        except (FileNotFoundError, NotADirectoryError):
            return pd.DataFrame()
        except ValueError as error:
            advice = f"mnist-exp report {self.folder} writes it again."
            raise DamagedError(path, f"it is not a table ({error}). {advice}") from error

    def __repr__(self) -> str:
        return f"Study({str(self.folder)!r})"

    def playground(self) -> Page:
        """The classroom page with the best network of each activation, written to the folder; inline in a notebook.

        Raises:
            UserError: no run has ended, or the page can show none of the networks.
        """
        return classroom_page(self.folder)

    def _repr_html_(self) -> str:
        from mnist_exp.study.page.render import PAGE

        path = self.folder / PAGE
        return Page(path if self._is_newest(path) else self.report())._repr_html_()

    def _is_newest(self, page: Path) -> bool:
        """Whether no run has ended, and no run was planned with its options, after the page was written."""
        from mnist_exp.runs.files import RESULT
        from mnist_exp.runs.sweep_dir import LOOKS, PLAN

        if not page.is_file():
            return False
        sources = (path for name in (RESULT, PLAN, LOOKS) for path in self.folder.rglob(name))
        return all(path.stat().st_mtime_ns <= page.stat().st_mtime_ns for path in sources)
