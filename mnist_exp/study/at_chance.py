"""The cells of a study with runs that did not learn, in words."""

from collections.abc import Mapping, Sequence
from statistics import mean

from mnist_exp.runs.chance import chance, did_not_learn, percent
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, ok


def cells_at_chance(by_cell: Mapping[Cell, Sequence[Record]]) -> dict[Cell, str]:
    """What to say of each cell with runs that did not learn; the data set is named if there are several.

    "cnn sigmoid did not learn: 13 %, chance is 10 %", or "2 of 10 runs of cnn sigmoid did not learn: …".
    """
    with_data = len({cell.data for cell in by_cell}) > 1
    found = {cell: [run for run in ok(runs) if did_not_learn(run)] for cell, runs in by_cell.items()}
    return {
        cell: _describe(cell.name + (f" on {cell.data}" if with_data else ""), at_chance, len(ok(by_cell[cell])))
        for cell, at_chance in found.items()
        if at_chance
    }


def _describe(name: str, at_chance: Sequence[Record], finished: int) -> str:
    accuracy = mean(run.test_acc for run in at_chance if run.test_acc is not None)
    runs = name if len(at_chance) == finished else f"{len(at_chance)} of {finished} runs of {name}"
    return f"{runs} did not learn: {percent(accuracy)}, chance is {percent(chance(at_chance[0]))}"


def at_chance_text(records: Sequence[Record], swept: Sequence[str]) -> str:
    """A line, or a heading with a line for each such cell; empty if there are none."""
    found = list(cells_at_chance(cells(records, swept)).values())
    if len(found) == 1:
        return f"! {found[0]}."
    return "\n  ".join([f"! {len(found)} cells have runs that did not learn:", *found]) if found else ""
