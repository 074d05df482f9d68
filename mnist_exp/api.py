"""The Python API: what the command does, as functions. Settings are the strings that one types there."""

import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_exp import registry
from mnist_exp.api_arguments import (
    NOT_IN_SWEEP,
    NOT_IN_TRAIN,
    check_objects,
    check_strings,
    folder_path,
    refuse_overrides,
    seed_overrides,
    sweep_dir,
)
from mnist_exp.config import compose as composing
from mnist_exp.config.keys import group_choices
from mnist_exp.config.schema import Config
from mnist_exp.errors import UserError
from mnist_exp.runs.record import Record
from mnist_exp.signals import handlers_restored

if TYPE_CHECKING:
    from lightning.pytorch import Callback
    from lightning.pytorch.loggers import Logger

    from mnist_exp.api_results import Study

GROUPS = (
    *("model", "data", "optimizer", "schedule", "callbacks", "logger", "metrics"),
    *("recipe", "experiment", "sweep"),
)  # of conf/

__all__ = ["choices", "compose", "sweep", "train"]


def compose(*overrides: str, config_dir: Path | str | None = None) -> Config:
    """The configuration that the command makes of these overrides. Nothing is run.

    Args:
        overrides: key=value each, as on the command line.
        config_dir: a folder with config files of your own, as the command's --config-dir.

    Returns:
        The whole configuration as dataclasses.

    Raises:
        UserError: an override is not valid.

    >>> compose("model=mlp", "optimizer=sgd", "optimizer.lr=0.1").optimizer.lr
    0.1
    """
    check_strings(overrides)
    return composing.compose([*composing.search_path(config_dir), *overrides])


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
    everything |= {name: registry.names(name) for name in registry.TABLES if name not in everything}
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
    config_dir: Path | str | None = None,
    callbacks: Sequence["Callback"] = (),
    loggers: Sequence["Logger"] = (),
    progress: bool = True,
) -> Record:
    """Train and test one network, as the command does.

    Args:
        overrides: key=value each, as on the command line.
        seed: the same as the override seed=….
        run_dir: where the run is written; multirun/single/… by default. An earlier run there is replaced; the same run
            continues if it was interrupted there.
        config_dir: a folder with config files of your own, as the command's --config-dir.
        callbacks: Lightning callbacks of your own. One with hooks for batches makes the run use Lightning's own loop.
        loggers: Lightning loggers of your own, in addition to TensorBoard's files.
        progress: print a line for each epoch to stderr.

    Returns:
        The record, which is also in the run's result.json.

    Raises:
        UserError: an override is not valid, the data are missing, run_dir has other files, or the loss diverged.

    >>> run = train("data=mnist5k", "model=softmax", "trainer.max_epochs=1", seed=1, progress=False)
    >>> run.status, run.test_acc > 0.7
    ('ok', True)
    """
    from mnist_exp.config.preflight import check_code, refuse_sweep, with_available_data
    from mnist_exp.runs.files import check_run_dir
    from mnist_exp.training.run import run
    from mnist_exp.training.trainer import Extras

    refuse_overrides(overrides, NOT_IN_TRAIN)
    check_objects("callbacks", callbacks)
    check_objects("loggers", loggers)
    all_overrides = [*overrides, *seed_overrides(seed)]
    path = composing.search_path(config_dir)
    composed, _ = composing.compose_both([*path, *all_overrides])
    refuse_sweep(composed)
    available, all_overrides = with_available_data(
        composed, all_overrides, lambda changed: composing.composed([*path, *changed])
    )
    config = composing.to_config(available)
    check_code(config)
    if config.diagnostics.figures is None:
        config.diagnostics.figures = True  # as in a single run of the command
    default = Path("multirun", "single", _run_dir_name(config))
    folder = default if run_dir is None else folder_path("run_dir", run_dir)
    check_run_dir(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _logging(folder, progress), handlers_restored():
        extras = Extras(list(callbacks), list(loggers))
        record = run(config, folder, all_overrides, extras, config_dir=str(config_dir) if config_dir else None)
    record.run_dir = folder
    return record


def sweep(
    *overrides: str,
    seed: int | Iterable[int] | None = None,
    name: str | None = None,
    launcher: str | None = None,
    config_dir: Path | str | None = None,
    progress: bool = True,
) -> "Study":
    """Train every combination of the values given, as the command does with -m.

    The command itself is run, in a process of its own, so that every launcher works. Ctrl-C, or the stop button of a
    notebook, ends that process: runs that have ended are kept, and KeyboardInterrupt is raised.

    Args:
        overrides: key=value,value,… each, as on the command line.
        seed: one seed or several, range(8) for example.
        name: names the folder multirun/NAME. With the same name again only missing runs are made.
        launcher: how runs are started: "joblib" runs several in parallel.
        config_dir: a folder with config files of your own, as the command's --config-dir.
        progress: print a line for each run to stderr.

    Returns:
        The study. Runs that failed or diverged are in its `runs` with their status.

    Raises:
        UserError: an argument is not valid, or no run has ended.
        KeyboardInterrupt: Ctrl-C was pressed. The same call with the folder's name as `name` runs what is missing.

    >>> study = sweep("data=mnist5k", "model=mlp", "model.activation=relu,mish", "trainer.max_epochs=1", progress=False)
    >>> sorted(study.summary.activation), list(study.summary.n)
    (['mish', 'relu'], [1, 1])
    """
    from mnist_exp.api_results import Study
    from mnist_exp.sweeps.child_process import run_command

    def show(text: str) -> None:
        if progress:
            print(text, end="", file=sys.stderr, flush=True)

    refuse_overrides(overrides, NOT_IN_SWEEP)
    folder = sweep_dir(name)
    arguments = [*overrides, *seed_overrides(seed), *([f"hydra/launcher={launcher}"] if launcher else [])]
    own = ["--config-dir", str(config_dir)] if config_dir else []
    command = [sys.executable, "-m", "mnist_exp", "-m", *own, *arguments, f"sweep.name={folder.name}"]
    code, errors = run_command(command, show)
    refused = [line for line in errors if line.startswith("Error: ")]
    if code and refused:
        raise UserError(refused[-1].removeprefix("Error: "))
    if not (folder / "results.csv").is_file():
        raise UserError(errors[-1] if errors else f"No run of this sweep has ended: {folder} has no results.csv.")
    for line in errors:
        print(line, file=sys.stderr)
    return Study(folder)


def _run_dir_name(config: Config) -> str:
    """As conf/config.yaml names the folders of single runs."""
    label = composing.run_label(config.model.name, config.model.activation, config.seed)
    return f"{composing.stamp()}_{label}"


@contextmanager
def _logging(folder: Path, progress: bool) -> Iterator[None]:
    """Write the run's log to run.log and, if wanted, to stderr."""
    from mnist_exp.runs.files import LOG

    logger = logging.getLogger("mnist_exp")
    to_file = logging.FileHandler(folder / LOG)
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
