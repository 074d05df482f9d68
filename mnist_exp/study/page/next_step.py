"""What a study has not settled, and the commands that would settle it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mnist_exp.errors import counted, listed
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import ok
from mnist_exp.study.comparison import OPEN, SEQUENTIAL, Comparison
from mnist_exp.study.page.further_runs import Command, commands, seeds_wanted, sweep_command
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.power import SEEDS_TRIED

MOST_ERRORS, MOST_GROUPS = 2, 3
MORE_SEEDS = 5  # of a study of one activation


@dataclass(frozen=True)
class NextStep:
    """What is not settled in a few sentences, and what to type."""

    title: str
    lines: list[str]
    commands: list[Command] = field(default_factory=list)


def next_step(data: StudyData, folder: Path) -> NextStep:
    """The step that follows from the open pairs and the runs without a result."""
    failed = _runs_without_result(data.records)
    if not data.comparisons:
        return _without_pairs(data, failed, folder)
    still_open = [pair for pair in data.comparisons if pair.kind == OPEN]
    if not still_open:
        return _all_decided(data.comparisons, failed)
    wanted = [count for pair in still_open if (count := seeds_wanted(pair))]
    lines = [_count_line(still_open, data.comparisons), *_reason_lines(still_open, wanted), *failed]
    return NextStep("Not settled yet", lines, commands(data, still_open, folder))


def _without_pairs(data: StudyData, failed: list[str], folder: Path) -> NextStep:
    """Nothing is compared: because runs failed, or because one activation was run."""
    if not ok(data.records):
        again = "Correct the cause, then type the same command: with the same sweep.name it repeats only these runs."
        return NextStep("Nothing finished", [*failed, *_errors(data.records), again])
    if len({run.activation for run in data.records}) > 1:
        lines = ["No two activations have a result of the same seed on one network."]
        return NextStep("Not settled yet", [*lines, *failed, *_errors(data.records)])
    lines = ["A second activation makes a comparison: type model.activation=… with two names."]
    text = sweep_command(ok(data.records), MORE_SEEDS, folder)
    more = max(len(ok(runs)) for runs in data.by_cell.values()) < MORE_SEEDS
    shown = [Command(text, f"{MORE_SEEDS} seeds show how much runs vary.")] if text and more else []
    return NextStep("Not settled yet", [*lines, *failed], shown)


def _errors(records: Sequence[Record]) -> list[str]:
    """The most frequent causes."""
    counts = Counter(run.error for run in records if run.error)
    return [f"{count} of them: {error}" for error, count in counts.most_common(MOST_ERRORS)]


def _all_decided(pairs: Sequence[Comparison], failed: list[str]) -> NextStep:
    lost = sum(pair.kind_images == OPEN for pair in pairs)
    lines = ["Every pair is decided for these test images."]
    if lost:
        are = "pair is" if lost == 1 else "pairs are"
        lines.append(
            f"For other images like these, {lost} {are} open. More test images would settle it, not more seeds."
        )
    return NextStep("What is left open" if lost or failed else "Settled", [*lines, *failed])


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
        lines.append(f"{_groups(wanted, len(still_open))}.")
    if sequential:
        lines.append(f"The seeds of sweep.max_seeds are used up for {counted(sequential, 'pair')}.")
    if too_many:
        lines.append(f"More than {SEEDS_TRIED[-1]} seeds would be needed for {counted(too_many, 'pair')}.")
    return lines


def _groups(wanted: Sequence[int], still_open: int) -> str:
    """About 25 seeds would settle 9 of them, 100 seeds 12."""
    counts = sorted(set(wanted))
    shown = counts if len(counts) <= MOST_GROUPS else [counts[0], counts[len(counts) // 2], counts[-1]]
    settled = [sum(count <= most for count in wanted) for most in shown]
    whole = "it" if still_open == 1 else "them"
    first = whole if settled[0] == still_open else f"{settled[0]} of {whole}"
    more = [f"{most} seeds {number}" for most, number in zip(shown[1:], settled[1:], strict=True)]
    return listed([f"About {shown[0]} seeds would settle {first}", *more])


def _runs_without_result(records: Sequence[Record]) -> list[str]:
    lost = [run for run in records if run.status != "ok"]
    if not lost:
        return []
    return [f"{len(lost)} of {len(records)} runs have no results: they are listed under All runs."]
