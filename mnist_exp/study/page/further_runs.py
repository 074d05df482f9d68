"""The commands that add seeds to open pairs: how many runs each takes, how long, and how many pairs it settles."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from statistics import mean

from mnist_exp.errors import counted
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, ok
from mnist_exp.study.comparison import SEQUENTIAL, Comparison
from mnist_exp.study.max_t import fewest_seeds
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.statistics import ALPHA
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
        rates = {cell: len({run.lr for run in by_cell[cell]}) for cell in seeds}
        missing = {cell: max(count * rates[cell] - len(by_cell[cell]), 0) for cell, count in seeds.items()}
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


def seeds_wanted(pair: Comparison) -> int | None:
    """The number of seeds, from 0 on, that would settle an open pair; None if more seeds are no way to do it."""
    if pair.test == SEQUENTIAL:
        return None
    if pair.untested:
        few = fewest_seeds(ALPHA)
        return few if pair.n < few else None
    return pair.seeds_needed


def commands(data: StudyData, still_open: Sequence[Comparison], folder: Path) -> list[Command]:
    """The one that settles at least half of the pairs that seeds can settle at the least cost; then one for all."""
    by_cell = cells(data.records, data.others)  # at every learning rate: each has the same rates to choose from
    wanted = [count for pair in still_open if (count := seeds_wanted(pair))]
    additions = {most: _up_to(data, by_cell, still_open, most) for most in sorted(set(wanted))}
    half = {most: found for most, found in additions.items() if 2 * found.settled >= len(wanted)}
    if not half:
        return []
    best = min(half, key=lambda most: half[most].runs / half[most].settled)
    counts = sorted({best, max(wanted)})
    if counts[0] > FIRST_ROUND and (rounds := _in_rounds(data, by_cell, still_open, counts, folder)):
        return rounds
    return [one for most in counts for one in _with_seeds(by_cell, additions[most], most, len(still_open), folder)]


def _up_to(data: StudyData, by_cell: RunsByCell, pairs: Sequence[Comparison], most: int) -> Addition:
    """The seeds of the pairs that need at most so many."""
    settled = [(pair, count) for pair in pairs if (count := seeds_wanted(pair)) and count <= most]
    return Addition.of(by_cell, _seeds(data, settled), len(settled))


def _seeds(data: StudyData, pairs: Sequence[tuple[Comparison, int]]) -> dict[Cell, int]:
    """How many seeds each cell has if each pair gets so many."""
    seeds: dict[Cell, int] = {}
    for pair, count in pairs:
        for cell in (data.cell_of_pair(pair, pair.a), data.cell_of_pair(pair, pair.b)):
            seeds[cell] = max(count, seeds.get(cell, 0))
    return seeds


def _in_rounds(
    data: StudyData, by_cell: RunsByCell, pairs: Sequence[Comparison], counts: Sequence[int], folder: Path
) -> list[Command]:
    """Commands with sweep.until=decided: all arms of the study, as decided ones get no further runs; maybe none."""
    every_arm = [cell for cell in by_cell if cell.activation]
    runs = [run for cell in every_arm for run in by_cell[cell]]
    found = []
    for most in counts:
        text = _command(runs, ["sweep.until=decided", f"sweep.max_seeds={most}"], folder)
        if not text or not _may_add_rounds(data, by_cell, every_arm):
            return []
        settled = sum((seeds_wanted(pair) or most + 1) <= most for pair in pairs)
        seeds = _seeds(data, [(pair, min(seeds_wanted(pair) or most, most)) for pair in pairs])
        cost = Addition.of(by_cell, seeds, settled).cost
        settles = f"This would settle about {settled} of {len(pairs)}" if len(pairs) > 1 else "This would settle it"
        found.append(Command(text, f"Add seeds until each pair is decided, up to {most}: about {cost}. {settles}."))
    if len(found) > 1:
        found[1] = replace(found[1], note=f"Or a{found[1].note[1:]} sweep.max_seeds cannot be changed later.")
    return found


def _may_add_rounds(data: StudyData, by_cell: RunsByCell, chosen: Sequence[Cell]) -> bool:
    """Whether sweep.until=decided can go on with these runs: the seeds begin at 0, and no rate is swept."""
    seeds_from_0 = all(min(run.seed for run in by_cell[cell]) == 0 for cell in chosen)
    return seeds_from_0 and LR not in data.swept


def _with_seeds(by_cell: RunsByCell, addition: Addition, most: int, pairs: int, folder: Path) -> list[Command]:
    """One command for these cells, or for all arms of their networks; else one for each network or each arm."""
    wanted = addition.seeds
    networks: dict[Cell, list[Cell]] = {}
    for cell in wanted:
        networks.setdefault(cell.without_activation(), []).append(cell)
    whole = [cell for cell in by_cell if cell.activation and cell.without_activation() in networks]
    for groups in ([list(wanted)], [whole], list(networks.values()), [[cell] for cell in wanted]):
        counts = [max(wanted.get(cell, most) for cell in group) for group in groups]
        texts = [
            sweep_command([run for cell in group for run in by_cell[cell]], count, folder)
            for group, count in zip(groups, counts, strict=True)
        ]
        if all(texts):
            made = {cell: count for group, count in zip(groups, counts, strict=True) for cell in group}
            cost = Addition.of(by_cell, made, addition.settled).cost
            settles = f"about {addition.settled} of {pairs}" if pairs > 1 else "it"
            what = "Add" if len(texts) == 1 else f"These {len(texts)} commands add"
            notes = [f"{what} {cost}. This would settle {settles}.", *[""] * (len(texts) - 1)]
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
