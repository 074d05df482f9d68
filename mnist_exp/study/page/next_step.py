"""What a study has not settled, and the commands that would settle it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from mnist_exp.errors import counted
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells
from mnist_exp.study.comparison import OPEN, SEQUENTIAL, Comparison
from mnist_exp.study.max_t import fewest_seeds
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.power import SEEDS_TRIED
from mnist_exp.study.statistics import ALPHA


@dataclass(frozen=True)
class NextStep:
    """What is not settled in a few sentences, and what to type."""

    title: str
    lines: list[str]
    commands: list[str]


def next_step(data: StudyData, folder: Path) -> NextStep:
    """The step that follows from the open pairs and the runs without a result."""
    failed = _runs_without_result(data.records)
    if not data.comparisons:
        lines = ["A second activation on the same network makes a comparison. More seeds show how much runs vary."]
        return NextStep("Not settled yet", [*lines, *failed], [])
    still_open = [pair for pair in data.comparisons if pair.kind == OPEN]
    if not still_open:
        return NextStep(*_all_decided(data.comparisons, failed))
    wanted = [count for pair in still_open if (count := seeds_wanted(pair))]
    lines = [_count_line(still_open, data.comparisons), *_reason_lines(still_open, wanted), *failed]
    commands = _commands(data, [pair for pair in still_open if seeds_wanted(pair)], folder) if wanted else []
    return NextStep("Not settled yet", lines, commands)


def _all_decided(pairs: Sequence[Comparison], failed: list[str]) -> tuple[str, list[str], list[str]]:
    lost = sum(pair.kind_images == OPEN for pair in pairs)
    lines = ["Every pair is decided for these test images."]
    if lost:
        are = "pair is" if lost == 1 else "pairs are"
        lines.append(
            f"For other images like these, {lost} {are} open. More test images would settle it, not more seeds."
        )
    return "What is left open" if lost or failed else "Settled", [*lines, *failed], []


def seeds_wanted(pair: Comparison) -> int | None:
    """The number of seeds, from 0 on, that would settle an open pair; None if more seeds are no way to do it."""
    if pair.test == SEQUENTIAL:
        return None
    if pair.untested:
        few = fewest_seeds(ALPHA)
        return few if pair.n < few else None
    return pair.seeds_needed


def _count_line(still_open: Sequence[Comparison], pairs: Sequence[Comparison]) -> str:
    if len(pairs) == 1:
        return "The pair is open: neither a difference nor equivalence is shown."
    return f"{len(still_open)} of {len(pairs)} pairs are open: neither a difference nor equivalence is shown."


def _reason_lines(still_open: Sequence[Comparison], wanted: Sequence[int]) -> list[str]:
    untested = [pair for pair in still_open if pair.untested and seeds_wanted(pair)]
    sequential = sum(pair.test == SEQUENTIAL for pair in still_open)
    too_many = sum(pair.test is not None and pair.test != SEQUENTIAL and not seeds_wanted(pair) for pair in still_open)
    lines = []
    if untested:
        have = max(pair.n for pair in untested)
        are = "is" if have == 1 else "are"
        lines.append(f"{counted(have, 'seed')} each {are} too few for a verdict that assumes nothing.")
    if wanted:
        lines.append(f"About {max(wanted)} seeds would settle {_these(len(wanted), len(still_open))}.")
    if sequential:
        lines.append(f"The seeds of sweep.max_seeds are used up for {counted(sequential, 'pair')}.")
    if too_many:
        lines.append(f"More than {SEEDS_TRIED[-1]} seeds would be needed for {counted(too_many, 'pair')}.")
    return lines


def _these(part: int, whole: int) -> str:
    return ("it" if whole == 1 else "them") if part == whole else f"{part} of them"


def _runs_without_result(records: Sequence[Record]) -> list[str]:
    lost = [run for run in records if run.status != "ok"]
    if not lost:
        return []
    return [f"{len(lost)} of {len(records)} runs have no results: they are listed under All runs."]


def _commands(data: StudyData, pairs: Sequence[Comparison], folder: Path) -> list[str]:
    """One command for the runs of these pairs, or of all arms of their networks; else one for each network or arm."""
    by_cell = cells(data.records, data.others)  # at every learning rate: each has the same rates to choose from
    wanted: dict[Cell, int] = {}
    for pair in pairs:
        for cell in (data.cell_of_pair(pair, name) for name in (pair.a, pair.b)):
            wanted[cell] = max(seeds_wanted(pair) or 0, wanted.get(cell, 0))
    networks: dict[Cell, list[Cell]] = {}
    for cell in wanted:
        networks.setdefault(cell.without_activation(), []).append(cell)
    most = max(wanted.values())
    every_arm = {cell: most for cell in by_cell if cell.activation and cell.without_activation() in networks}
    choices = [[list(wanted)], [list(every_arm)], list(networks.values()), [[cell] for cell in wanted]]
    wanted = every_arm | wanted
    for groups in choices:
        each = [
            sweep_command([run for cell in group for run in by_cell[cell]], max(map(wanted.__getitem__, group)), folder)
            for group in groups
        ]
        if None not in each:
            return [command for command in each if command]
    return []


def sweep_command(runs: Sequence[Record], seeds: int, folder: Path) -> str | None:
    """The command that makes these runs with so many seeds; None if they are no product of settings.

    It has the name of the sweep's folder, so that the runs that are there are used again.
    """
    combinations = dict.fromkeys(map(_without_seed, runs))
    values: dict[str, dict[str, None]] = {}
    for combination in combinations:
        for key, value in combination:
            values.setdefault(key, {})[value] = None
    if prod(len(of_key) for of_key in values.values()) != len(combinations):
        return None
    config_dirs = {run.config_dir for run in runs}
    if not runs or len(config_dirs) > 1 or any(len(combination) != len(values) for combination in combinations):
        return None
    options = ["--config-dir", config_dir] if (config_dir := config_dirs.pop()) else []
    overrides = [f"{key}={','.join(of_key)}" for key, of_key in values.items()]
    name = folder.resolve().name
    own_name = [f"sweep.name={name}"] if all(run.run_dir.parent.name == name for run in runs) else []
    return shlex.join(["python", "-m", "mnist_exp", "-m", *options, *overrides, _seed_axis(runs, seeds), *own_name])


def _seed_axis(runs: Sequence[Record], seeds: int) -> str:
    first = min(run.seed for run in runs)
    return f"seed=range({first},{first + seeds})" if first else f"seed=range({seeds})"


def _without_seed(run: Record) -> tuple[tuple[str, str], ...]:
    pairs = (override.partition("=") for override in run.overrides)
    return tuple((key, value) for key, _, value in pairs if key != "seed")
