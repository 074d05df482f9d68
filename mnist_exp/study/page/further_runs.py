"""The commands that add seeds to open pairs: how many runs each takes, how long, and how many pairs it settles."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from statistics import mean

from mnist_exp.errors import counted
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, ok
from mnist_exp.study.comparison import Comparison
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.swept_settings import LR

FIRST_ROUND = 6  # seeds of sweep.until=decided
NOT_TYPED = ("seed", "data.fallback")  # the latter is set by a sweep itself
RunsByCell = Mapping[Cell, Sequence[Record]]


@dataclass(frozen=True)
class Command:
    """What to type, and what it costs and settles."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class Addition:
    """Seeds that are added to some cells."""

    seeds: dict[Cell, int]  # how many each has then
    settled: int  # pairs that this settles
    runs: int
    seconds: float | None

    @classmethod
    def of(cls, by_cell: RunsByCell, seeds: dict[Cell, int], settled: int) -> "Addition":
        """With its cost, by the mean time of the runs that are there."""
        missing = {cell: max(count - len(by_cell[cell]), 0) for cell, count in seeds.items()}
        known = {cell: [run.total_seconds for run in ok(by_cell[cell]) if run.total_seconds] for cell in seeds}
        seconds = None if not all(known.values()) else sum(missing[cell] * mean(known[cell]) for cell in seeds)
        return cls(seeds, settled, sum(missing.values()), seconds)

    @property
    def cost(self) -> str:
        """180 runs, about 40 minutes."""
        time = "" if self.seconds is None else f", about {duration(self.seconds)} one after another"
        return f"{counted(self.runs, 'run')}{time}"


def duration(seconds: float) -> str:
    """20 s, 40 minutes, 3.5 hours."""
    if seconds < 100:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 100 * 60 else f"{seconds / 3600:.1f} hours"


def commands(data: StudyData, pairs: Sequence[Comparison], wanted: Sequence[int], folder: Path) -> list[Command]:
    """The cheapest command for each pair settled, then the one that settles most.

    Args:
        data: of the page.
        pairs: the open pairs that more seeds would settle.
        wanted: how many seeds each of them needs.
        folder: of the study.
    """
    by_cell = cells(data.records, data.others)  # at every learning rate: each has the same rates to choose from
    additions = {most: _up_to(data, by_cell, pairs, wanted, most) for most in sorted(set(wanted))}
    best = min(additions, key=lambda most: additions[most].runs / additions[most].settled)
    found: list[Command] = []
    for most in sorted({best, max(wanted)}):
        found += _commands_of(data, by_cell, additions[most], most, len(pairs), folder)
    return found


def _up_to(
    data: StudyData, by_cell: RunsByCell, pairs: Sequence[Comparison], wanted: Sequence[int], most: int
) -> Addition:
    """The seeds of the pairs that need at most so many."""
    seeds: dict[Cell, int] = {}
    settled = [(pair, count) for pair, count in zip(pairs, wanted, strict=True) if count <= most]
    for pair, count in settled:
        for cell in (data.cell_of_pair(pair, pair.a), data.cell_of_pair(pair, pair.b)):
            seeds[cell] = max(count, seeds.get(cell, 0))
    return Addition.of(by_cell, seeds, len(settled))


def _commands_of(
    data: StudyData, by_cell: RunsByCell, addition: Addition, most: int, pairs: int, folder: Path
) -> list[Command]:
    networks = {cell.without_activation() for cell in addition.seeds}
    every_arm = [cell for cell in by_cell if cell.activation and cell.without_activation() in networks]
    settles = f"settles about {addition.settled} of {pairs}" if pairs > 1 else "settles it"
    if most > FIRST_ROUND and _may_add_rounds(data, by_cell, every_arm):
        runs = [run for cell in every_arm for run in by_cell[cell]]
        if text := _command(runs, f"sweep.until=decided sweep.max_seeds={most}".split(), folder):
            note = f"Adds seeds until each pair is decided, up to {most}: about {addition.cost}. It {settles}."
            return [Command(text, note)]
    return _with_seeds(by_cell, addition, every_arm, most, settles, folder)


def _may_add_rounds(data: StudyData, by_cell: RunsByCell, chosen: Sequence[Cell]) -> bool:
    """Whether sweep.until=decided can go on with these runs: the seeds begin at 0, and no rate is swept."""
    seeds_from_0 = all(min(run.seed for run in by_cell[cell]) == 0 for cell in chosen)
    return seeds_from_0 and LR not in data.swept


def _with_seeds(
    by_cell: RunsByCell, addition: Addition, every_arm: Sequence[Cell], most: int, settles: str, folder: Path
) -> list[Command]:
    """One command for these cells, or for all arms of their networks; else one for each network or each arm."""
    wanted = addition.seeds
    networks: dict[Cell, list[Cell]] = {}
    for cell in wanted:
        networks.setdefault(cell.without_activation(), []).append(cell)
    whole = dict.fromkeys(every_arm, most)
    for groups in ([list(wanted)], [list(whole)], list(networks.values()), [[cell] for cell in wanted]):
        counts = [max(wanted.get(cell, most) for cell in group) for group in groups]
        texts = [
            sweep_command([run for cell in group for run in by_cell[cell]], count, folder)
            for group, count in zip(groups, counts, strict=True)
        ]
        if all(texts):
            made = {cell: count for group, count in zip(groups, counts, strict=True) for cell in group}
            cost = Addition.of(by_cell, made, addition.settled).cost
            what = "Adds" if len(texts) == 1 else f"This and the next {len(texts) - 1} add"
            notes = [f"{what} {cost}. {settles[0].upper()}{settles[1:]}.", *[""] * (len(texts) - 1)]
            return [Command(text, note) for text, note in zip(texts, notes, strict=True) if text]
    return []


def sweep_command(runs: Sequence[Record], seeds: int, folder: Path) -> str | None:
    """The command that makes these runs with so many seeds; None if they are no product of settings."""
    return _command(runs, [_seed_axis(runs, seeds)], folder) if runs else None


def _command(runs: Sequence[Record], seeds: Sequence[str], folder: Path) -> str | None:
    """With the name of the sweep's folder, so that the runs that are there are used again."""
    combinations = dict.fromkeys(map(_typed, runs))
    values: dict[str, dict[str, None]] = {}
    for combination in combinations:
        for key, value in combination:
            values.setdefault(key, {})[value] = None
    if prod(len(of_key) for of_key in values.values()) != len(combinations):
        return None
    config_dirs = {run.config_dir for run in runs}
    if len(config_dirs) > 1 or any(len(combination) != len(values) for combination in combinations):
        return None
    options = ["--config-dir", config_dir] if (config_dir := config_dirs.pop()) else []
    overrides = [f"{key}={','.join(of_key)}" for key, of_key in values.items()]
    name = folder.resolve().name
    own_name = [f"sweep.name={name}"] if all(run.run_dir.parent.name == name for run in runs) else []
    return shlex.join(["python", "-m", "mnist_exp", "-m", *options, *overrides, *seeds, *own_name])


def _seed_axis(runs: Sequence[Record], seeds: int) -> str:
    first = min(run.seed for run in runs)
    return f"seed=range({first},{first + seeds})" if first else f"seed=range({seeds})"


def _typed(run: Record) -> tuple[tuple[str, str], ...]:
    pairs = (override.partition("=") for override in run.overrides)
    return tuple((key, value) for key, _, value in pairs if key not in NOT_TYPED)
