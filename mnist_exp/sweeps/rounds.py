"""sweep.until=decided: which runs the next round of seeds has, and what is printed about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mnist_exp.errors import UserError, counted
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, select_learning_rates
from mnist_exp.study.looks import Rules, decide_records
from mnist_exp.study.sequential import FEWEST, Decision, Decisions
from mnist_exp.study.spending import Looks
from mnist_exp.study.swept_settings import LR, swept_keys
from mnist_exp.sweeps.expected_runs import expected_runs
from mnist_exp.sweeps.outline import count_runs
from mnist_exp.sweeps.plan import Job, Plan

FIRST = 6  # seeds before the first look: with fewer, a spread is too uncertain for the strict level of a first look
LEAST_STEP = 2  # seeds between two looks
SHOWN = 3  # open pairs in one line
NO_ACTIVATION = "(no activation)"


@dataclass(frozen=True)
class Group:
    """The activations that are compared: of one network, data set and value of every other swept setting."""

    name: str
    arms: Mapping[str, Sequence[Job]]  # by activation: a run for each seed

    def pairs(self, control: str | None) -> bool:
        """Whether anything is compared."""
        return len(self.arms) > 1 and control in (None, *self.arms)


def groups_of(planned: Plan) -> list[Group]:
    """The groups of a plan with all seeds. Raises UserError if nothing is compared or learning rates are swept."""
    assert planned.max_seeds
    arms = len(planned.jobs) // planned.max_seeds  # the plan has all arms at the first seed, then at the next one, …
    by_record = {id(job.record): planned.jobs[i::arms] for i, job in enumerate(planned.jobs[:arms])}
    records = [job.record for job in planned.jobs[:arms]]
    selected, swept = select_learning_rates(records, swept_keys(records))
    if LR in swept:
        raise UserError(
            "optimizer.lr is swept: with sweep.until=decided the best rate would be chosen anew after every round. "
            "Sweep the rates first, as in sweep=lr, and type the best one here."
        )
    found: dict[Cell, dict[str, Sequence[Job]]] = {}
    for cell, (record, *_) in cells(selected, swept).items():
        found.setdefault(cell.without_activation(), {})[cell.activation or NO_ACTIVATION] = by_record[id(record)]
    several = len({cell.data for cell in found}) > 1
    groups = [Group(cell.name + (f" on {cell.data}" if several else ""), arms) for cell, arms in found.items()]
    if not any(group.pairs(planned.study.control) for group in groups):
        raise UserError("sweep.until=decided compares activations: type several, as in model.activation=relu,mish.")
    return groups


def looks_of(max_seeds: int, runs_at_once: int) -> Looks:
    """When the results are looked at: a round in which two activations are left still fills the cores."""
    return Looks(min(FIRST, max_seeds), max(LEAST_STEP, -(-runs_at_once // 2)), max_seeds)


class Rounds:
    """A sweep that goes on until its pairs are decided, after the runs that have ended so far.

    All groups are at the same look: one that is ahead waits.
    """

    def __init__(self, groups: Sequence[Group], rules: Rules, ended: Mapping[str, Record]) -> None:
        self.groups, self.rules, self.ended = groups, rules, dict(ended)

    def add(self, records: Mapping[str, Record]) -> None:
        """Add runs that have ended, by the name of their directory."""
        self.ended |= records
        self.__dict__.pop("decisions", None)

    @cached_property
    def decisions(self) -> list[Decisions]:
        """What is known of each group."""
        return [decide_records(self._records(group), self.rules) for group in self.groups]

    def _records(self, group: Group) -> dict[str, list[Record]]:
        return {
            arm: [self.ended[job.name] for job in jobs if job.name in self.ended] for arm, jobs in group.arms.items()
        }

    @property
    def number(self) -> int:
        """The number of the next round, from 1; of the last one if there is no next round."""
        going_on = [found.look + 1 for found in self.decisions if found.arms]
        return min(going_on) if going_on else max(found.look for found in self.decisions)

    @property
    def jobs(self) -> list[Job]:
        """All runs up to the next round, that one included: by seed, then as they were planned."""
        count = self.rules.looks.counts[self.number - 1]
        needed = [
            (jobs, min(found.seeds_of[arm], count))
            for group, found in zip(self.groups, self.decisions, strict=True)
            for arm, jobs in group.arms.items()
        ]
        return [jobs[seed] for seed in range(count) for jobs, seeds in needed if seed < seeds]

    @property
    def missing(self) -> list[Job]:
        """The runs of the next round that have not ended; none if there is no next round."""
        return [job for job in self.jobs if job.name not in self.ended]

    def announce(self) -> str:
        """A line about the next round: its seeds, its number of runs, and what is open."""
        seeds = sorted({job.config.seed for job in self.missing})
        text = f"Round {self.number}, {_seeds(seeds)}: {count_runs(len(self.missing))}."
        if self.number == 1:
            return f"{text} All activations are compared after them, and after every further round."
        return f"{text} Open: {_shorten(self._describe('open'))}."

    def expect(self) -> str:
        """How many runs it takes at most, and how many are likely."""
        found = [expected_runs(self._records(group), self.rules) for group in self.groups]
        runs = sum(number for number, _ in found)
        assumed = list(dict.fromkeys(assumption for _, assumption in found if assumption))
        return (
            f"Seeds are added until all pairs are decided: at most {count_runs(self._most)}, about {runs:.0f} "
            f"{' (some networks) or '.join(assumed)}."
        )

    @property
    def _most(self) -> int:
        """The number of runs if nothing is ever decided."""
        return sum(
            self.rules.looks.last if group.pairs(self.rules.control) else self.rules.looks.first
            for group in self.groups
            for _ in group.arms
        )

    def conclude(self) -> str:
        """What was decided, after how many runs, and what was not."""
        kinds = [pair.kind for found in self.decisions for pair in found.pairs]
        better, equivalent = kinds.count("better"), kinds.count("equivalent")
        rounds = counted(self.number, "round")
        lines = [
            f"{better + equivalent} of {len(kinds)} pairs decided ({better} better, {equivalent} equivalent) after "
            f"{rounds} and {count_runs(len(self.jobs))}, of at most {self._most}."
        ]
        if still_open := self._describe("open"):
            lines.append(f"Open after {self.rules.looks.last} seeds (sweep.max_seeds): {_shorten(still_open)}.")
        if impossible := self._describe("not comparable"):
            lines.append(
                f"Not comparable, since fewer than {FEWEST} seeds have results of both: {_shorten(impossible)}."
            )
        return "\n".join(lines)

    def _describe(self, kind: str) -> list[str]:
        return [
            describe_pair(pair, group.name)
            for group, found in zip(self.groups, self.decisions, strict=True)
            for pair in found.pairs
            if pair.kind == kind
        ]


def describe_pair(pair: Decision, network: str) -> str:
    """relu and mish on mlp_deep (difference -0.03 points, between -0.14 and 0.08)"""
    text = f"{pair.a} and {pair.b} on {network}"
    if pair.difference is None or pair.low is None or pair.high is None:
        return text
    difference, low, high = (round(100 * value, 2) + 0.0 for value in (pair.difference, pair.low, pair.high))
    return f"{text} (difference {difference:.2f} points, between {low:.2f} and {high:.2f})"


def _seeds(seeds: Sequence[int]) -> str:
    """seed 3, seeds 6 and 7, seeds 0 to 5 or seeds 1, 4 and 5"""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if len(seeds) > 2 and seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds[:-1]))} and {seeds[-1]}"


def _shorten(texts: Iterable[str]) -> str:
    texts = list(texts)
    rest = len(texts) - SHOWN
    return ", ".join(texts[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def unfinished(job: Job) -> Record:
    """The record of a run that ended without one: its process died."""
    return replace(job.record, status="failed")
