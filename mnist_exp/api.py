"""The Python API: what the command does, as functions. Settings are the strings that one types there."""

import logging
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from mnist_exp import registry
from mnist_exp.config import compose as composing
from mnist_exp.config.keys import group_choices
from mnist_exp.config.schema import Config
from mnist_exp.errors import UserError
from mnist_exp.runs.record import Record

if TYPE_CHECKING:
    from lightning.pytorch import Callback
    from lightning.pytorch.loggers import Logger

    from mnist_exp.training.classifier import LitClassifier

GROUPS = ("model", "data", "optimizer", "schedule", "recipe", "experiment", "sweep")  # of conf/

__all__ = ["Study", "choices", "compose", "load_model", "load_results", "sweep", "train"]


def compose(*overrides: str) -> Config:
    """The configuration that the command makes of these overrides. Nothing is run.

    Args:
        overrides: key=value each, as on the command line.

    Returns:
        The whole configuration as dataclasses.

    Raises:
        UserError: an override is not valid.

    >>> compose("model=mlp", "optimizer=sgd", "optimizer.lr=0.1").optimizer.lr
    0.1
    """
    return composing.compose(overrides)


def choices(kind: str | None = None) -> dict[str, list[str]]:
    """The names that can be chosen.

    Args:
        kind: one kind alone, "activation" or "model" for example.

    Returns:
        The names by kind: config groups, and the registry's tables.

    Raises:
        UserError: there is no such kind.

    >>> choices("activation")["activation"][:3]
    ['sigmoid', 'tanh', 'relu']
    """
    everything = {group: group_choices(group) for group in GROUPS}
    everything |= {name: registry.names(name) for name in registry.SETTINGS if name not in everything}
    if kind is None:
        return everything
    if kind not in everything:
        from mnist_exp.errors import unknown

        raise unknown("Kind", kind, everything)
    return {kind: everything[kind]}


def train(
    *overrides: str,
    seed: int | None = None,
    run_dir: Path | str | None = None,
    callbacks: Sequence["Callback"] = (),
    loggers: Sequence["Logger"] = (),
    progress: bool = True,
) -> Record:
    """Train and test one network, as the command does.

    Args:
        overrides: key=value each, as on the command line.
        seed: the same as the override seed=….
        run_dir: where the run is written; multirun/single/… by default.
        callbacks: Lightning callbacks of your own. One with hooks for batches makes the run use Lightning's own loop.
        loggers: Lightning loggers of your own, besides TensorBoard's files.
        progress: print a line for each epoch to stderr.

    Returns:
        The record, which is also in the run's result.json.

    Raises:
        UserError: an override is not valid, the data are missing, or the loss diverged.

    >>> run = train("data=mnist5k", "model=softmax", "trainer.max_epochs=1", seed=1, progress=False)
    >>> run.status, run.test_acc > 0.7
    ('ok', True)
    """
    from mnist_exp.config.preflight import check_classes, with_available_data
    from mnist_exp.training.run import run
    from mnist_exp.training.trainer import Extras

    typed = _with_seed(overrides, seed)
    compose(*typed)  # raises what is wrong with them
    composed = composing.composed(typed)
    check_classes(composed)
    available, typed = with_available_data(composed, typed, composing.composed)
    config = composing.typed(available)
    if config.diagnostics.figures is None:
        config.diagnostics.figures = True  # as in a single run of the command
    folder = Path(run_dir) if run_dir else Path("multirun", "single", _run_dir_name(config))
    folder.mkdir(parents=True, exist_ok=True)
    with _logging(folder, progress):
        record = run(config, folder, typed, Extras(list(callbacks), list(loggers)))
    record.run_dir = folder
    return record


def sweep(
    *overrides: str,
    seed: int | Iterable[int] | None = None,
    name: str | None = None,
    launcher: str | None = None,
    progress: bool = True,
) -> "Study":
    """Train every combination of the values given, as the command does with -m.

    The command itself is run, in a process of its own, so that every launcher works and Ctrl-C ends it cleanly.

    Args:
        overrides: key=value,value,… each, as on the command line.
        seed: one seed or several, range(8) for example.
        name: names the folder multirun/NAME. With the same name again only missing runs are made.
        launcher: how runs are started: "joblib" runs several at once.
        progress: print a line for each run to stderr.

    Returns:
        The study. Runs that failed or diverged are in its `runs` with their status.

    Raises:
        UserError: an override is not valid, or no run has ended.

    >>> study = sweep("data=mnist5k", "model=mlp", "model.activation=relu,mish", "trainer.max_epochs=1", progress=False)
    >>> sorted(study.summary.activation), list(study.summary.n)
    (['mish', 'relu'], [1, 1])
    """
    typed = [*overrides, *([] if seed is None else [f"seed={_seeds(seed)}"])]
    typed += [f"hydra/launcher={launcher}"] if launcher else []
    folder = Path("multirun", name or composing.stamp())
    typed.append(f"sweep.name={folder.name}")
    command = [sys.executable, "-m", "mnist_exp", "-m", *typed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        try:
            for line in process.stdout:
                if progress:
                    print(line, end="", file=sys.stderr)
        except KeyboardInterrupt:
            process.wait()
            raise
        errors = process.stderr.read().strip().splitlines()
    refused = [line for line in errors if line.startswith("Error: ")]
    if process.returncode and refused:
        raise UserError(refused[-1].removeprefix("Error: "))
    if not (folder / "results.csv").is_file():
        raise UserError(errors[-1] if errors else f"No run of this sweep has ended: {folder} has no results.csv.")
    for line in errors:
        print(line, file=sys.stderr)
    return Study(folder)


def load_results(folder: Path | str) -> pd.DataFrame:
    """Every run under a folder, of one sweep or of many, a row per run.

    Args:
        folder: a sweep's folder, or one that holds several, such as multirun.

    Returns:
        The columns of results.csv.

    Raises:
        UserError: no run has ended there.
    """
    from mnist_exp.runs.sweep_dir import records_to_study
    from mnist_exp.study.csv_tables import result_row
    from mnist_exp.study.swept_settings import swept_keys

    records = records_to_study([Path(folder)])
    if not records:
        raise UserError(f"{folder} holds no run that has ended.")
    swept = swept_keys(records)
    return pd.DataFrame([result_row(record, swept) for record in records])


def load_model(run_dir: Path | str) -> "LitClassifier":
    """The trained network of a run, in evaluation mode.

    Args:
        run_dir: the run's folder, with its result.json and checkpoint.

    Returns:
        The module. Calling it takes raw uint8 pixels (n, 1, 28, 28) and returns logits.

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
        from mnist_exp.study.page import PAGE

        report.report([self.folder])
        return self.folder / PAGE

    def _table(self, name: str) -> pd.DataFrame:
        path = self.folder / name
        return pd.read_csv(path) if path.is_file() else pd.DataFrame()

    def __repr__(self) -> str:
        return f"Study({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        page = escape(self.report().read_text(), quote=True)
        return f'<iframe srcdoc="{page}" width="100%" height="800" style="border: 0"></iframe>'


def _with_seed(overrides: Sequence[str], seed: int | None) -> list[str]:
    return [*overrides, *([] if seed is None else [f"seed={seed}"])]


def _seeds(seed: int | Iterable[int]) -> str:
    return str(seed) if isinstance(seed, int) else ",".join(str(one) for one in seed)


def _run_dir_name(config: Config) -> str:
    """As conf/config.yaml names the folders of single runs."""
    return f"{composing.stamp()}_{config.model.name}_{config.model.activation}_seed{config.seed}"


@contextmanager
def _logging(folder: Path, progress: bool) -> Iterator[None]:
    """Write the run's log to run.log and, if wanted, to stderr."""
    logger = logging.getLogger("mnist_exp")
    to_file = logging.FileHandler(folder / "run.log")
    to_file.setFormatter(logging.Formatter("[%(asctime)s][%(levelname)s] %(message)s"))
    handlers: list[logging.Handler] = [to_file, *([logging.StreamHandler(sys.stderr)] if progress else [])]
    level = logger.level
    logger.setLevel(logging.INFO)
    for handler in handlers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.setLevel(level)
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()
