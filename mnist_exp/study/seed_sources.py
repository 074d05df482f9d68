"""The seeds of a run, and which runs of a sweep measure how much one source of randomness varies the result."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cell_of
from mnist_exp.study.swept_settings import SEEDS, swept_keys

SOURCES = ("split", "weights", "order", "noise")


class SeedValues(NamedTuple):
    """The seed of each source of randomness in a run, in the order of SOURCES."""

    split: int
    weights: int
    order: int
    noise: int

    @property
    def single(self) -> tuple[str, int] | None:
        """The source whose seed differs from the three others, which are equal, and the seed of those."""
        for source, value in zip(SOURCES, self, strict=True):
            others = set(self) - {value}
            if len(others) == 1 and self.count(value) == 1:
                return source, others.pop()
        return None


@dataclass(frozen=True)
class SourceRuns:
    """What a study of the sources of variance has of one arm: an activation on one network and data set.

    `by_source` has the runs in which one source varies, in a group for each seed of the others. `together` are the
    runs in which all sources vary. Failed and missing runs are among them.
    """

    cell: Cell
    by_source: dict[str, list[list[Record]]]
    together: list[Record]


@dataclass(frozen=True)
class SourceStudy:
    """The runs of a study of the sources of variance."""

    arms: list[SourceRuns]
    unused: int  # runs in which several sources differ from the others


def seed_values(record: Record) -> SeedValues:
    """The seeds that a run used."""
    config = record.config
    return SeedValues(config.data.split_seed, config.weights_seed, config.order_seed, config.noise_seed)


def split_by_source(records: Sequence[Record]) -> tuple[list[Record], SourceStudy | None]:
    """The ordinary runs, which a leaderboard ranks and tests compare, and the study of the sources of variance.

    There is such a study if any seed of `seeds` has several values in one cell. Then the ordinary runs are those whose
    four seeds are equal, and those of a sweep over `seed` alone, whose split stays the same.
    """
    if not any(_sets_seeds(record) for record in records):
        return list(records), None
    keys = [key for key in swept_keys(records) if key not in SEEDS]
    by_cell: dict[Cell, list[Record]] = {}
    for record in records:
        by_cell.setdefault(cell_of(record, keys), []).append(record)
    if not any(len({_own_seeds(run) for run in runs}) > 1 for runs in by_cell.values()):
        return list(records), None
    ordinary: list[Record] = []
    arms, unused = [], 0
    for cell, runs in by_cell.items():
        arm, others, left_out = _split_arm(cell, runs)
        ordinary += others
        arms.append(arm)
        unused += left_out
    found = {id(record) for record in ordinary}
    return [record for record in records if id(record) in found], SourceStudy(arms, unused)


def _split_arm(cell: Cell, runs: Sequence[Record]) -> tuple[SourceRuns, list[Record], int]:
    """The runs of one arm by source, its ordinary runs, and how many belong to neither."""
    equal = [run for run in runs if _has_one_seed(run)]
    # Of two with the same seed, the one that sets no seed of `seeds`: its numbers are those of `seed` alone.
    one_each = {run.seed: run for run in sorted(equal, key=_sets_seeds, reverse=True)}
    together = [one_each[seed] for seed in sorted(one_each)]
    groups = _groups(runs)
    used = {id(run) for run in equal}
    used |= {id(run) for bases in groups.values() for group in bases.values() for run in group}
    fixed_split = [run for run in runs if id(run) not in used and not _sets_seeds(run)]
    by_source = {source: list(groups[source].values()) for source in SOURCES if groups.get(source)}
    left_out = len(runs) - len(used) - len(fixed_split)
    return SourceRuns(cell, by_source, together), [*together, *fixed_split], left_out


def _groups(runs: Sequence[Record]) -> dict[str, dict[int, list[Record]]]:
    """source → the seed of the other sources → the runs in which that source varies."""
    groups: dict[str, dict[int, list[Record]]] = {}
    for run in runs:
        if found := seed_values(run).single:
            source, base = found
            groups.setdefault(source, {}).setdefault(base, []).append(run)
    # A sweep over `seed` alone has one split: there its runs are no study of the split.
    splits = groups.get("split", {})
    for base in [base for base, group in splits.items() if len(group) == 1 and not _sets_seeds(group[0])]:
        del splits[base]
    # The value of a source's seed that is also the seed of the others.
    for run in runs:
        own = _only_set(run)
        if own and _has_one_seed(run) and run.seed in groups.get(own, {}):
            groups[own][run.seed].append(run)
    return groups


def _has_one_seed(run: Record) -> bool:
    """Whether every source has the run's own seed."""
    return set(seed_values(run)) == {run.seed}


def _only_set(run: Record) -> str | None:
    """The source that alone has a seed of its own, or the split if none has."""
    own = [source for source in SOURCES[1:] if getattr(run.config.seeds, source) is not None]
    return own[0] if len(own) == 1 else "split" if not own else None


def _sets_seeds(run: Record) -> bool:
    return any(seed is not None for seed in _own_seeds(run))


def _own_seeds(run: Record) -> tuple[int | None, ...]:
    """The seeds that the sources after the split have instead of the run's."""
    return tuple(getattr(run.config.seeds, source) for source in SOURCES[1:])
