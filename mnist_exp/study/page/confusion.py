"""Confusion matrices of the cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import cells, natural_order, ok


@dataclass(frozen=True)
class ConfusionTable:
    """A cell's confusion matrix, summed over its seeds, with a row for each true class."""

    network: str  # with its data set
    caption: str
    classes: list[str]
    matrix: list[list[int]]


def confusions(records: Sequence[Record], swept: Sequence[str]) -> list[ConfusionTable]:
    """The confusion matrix of each cell with test results."""
    found = []
    by_cell = cells(ok(records), swept)
    for cell, runs in sorted(by_cell.items(), key=lambda item: natural_order(item[0].without_activation().block)):
        matrices = [run.per_class["confusion"] for run in runs if run.per_class and run.per_class["confusion"]]
        if matrices:
            caption = f"{cell.name} on {cell.data}, n = {len(matrices)}"
            total = np.sum(matrices, axis=0).tolist()
            found.append(ConfusionTable(cell.without_activation().block, caption, runs[0].config.images.classes, total))
    return found
