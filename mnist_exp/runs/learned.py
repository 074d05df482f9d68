"""What the activations of a run learned: their parameters in probes.csv, and their functions in shapes.csv."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from mnist_exp.runs.files import MOST_BYTES, SHAPES, write_csv
from mnist_exp.runs.untrusted import DamagedError, read_bytes, warn_once

# Columns of probes.csv: a parameter's value or mean over the channels, and its sd over the channels.
MEAN, SD = "learned_", "sd_of_"
SHAPE_COLUMNS = ("step", "layer", "x", "mean", "low", "high")
SMALL = 0.1  # numbers below this are written with four decimals
LARGEST = 1e30  # numbers that are not below this are not drawn


class Change(NamedTuple):
    """A parameter at the first and at the last step."""

    start: float
    end: float
    by_channel: bool  # whether these are means over the channels


class FunctionTable(NamedTuple):
    """A function at the points x: the mean over the channels, the smallest and the largest value."""

    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Shape(NamedTuple):
    """The function of a layer before the first step and after the last."""

    start: FunctionTable
    end: FunctionTable


def parameter_changes(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Change]]:
    """Layer → parameter → how it changed, from the rows of probes.csv. Numbers that are too large are left out."""
    steps = [row["step"] for row in rows] or [0]
    first, last = ({r["layer"]: r for r in rows if r["step"] == step} for step in (min(steps), max(steps)))
    found = {layer: _changes(first[layer], last[layer]) for layer in first if layer in last}
    return {layer: changes for layer, changes in found.items() if changes}


def _changes(first: Mapping[str, Any], last: Mapping[str, Any]) -> dict[str, Change]:
    found = {}
    for column, start in first.items():
        name, end = column.removeprefix(MEAN), last.get(column)
        if column.startswith(MEAN) and _is_usable(start) and _is_usable(end):
            found[name] = Change(start, end, last.get(SD + name) is not None)
    return found


def change_text(change: Change, arrow: str = "→") -> str:
    """1.00 → 1.83; of numbers below 0.1 four decimals."""
    digits = 2 if max(map(abs, change[:2])) >= SMALL else 4
    start, end = (f"{round(value, digits) + 0:.{digits}f}" for value in change[:2])  # no -0.00
    return f"{start} {arrow} {end}".replace("-", "−")


def _is_usable(value: float | None) -> TypeGuard[float]:
    return value is not None and abs(value) < LARGEST


def write_shapes(run_dir: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the functions before the first and after the last step, a row for each point; no file without rows."""
    write_csv(run_dir / SHAPES, rows)


def read_shapes(run_dir: Path) -> dict[str, Shape]:
    """The functions of the layers that learned them. Of a damaged file, as without one, there are none."""
    path = run_dir / SHAPES
    try:
        text = read_bytes(path, MOST_BYTES).decode()
        return _shapes(csv.DictReader(io.StringIO(text, newline="")))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except DamagedError as error:
        warn_once(f"{error} · the run counts as one without learned shapes")
    except (ValueError, csv.Error) as error:
        warn_once(f"{path}: {error} · the run counts as one without learned shapes")
    return {}


def _shapes(rows: Iterable[Mapping[Any, Any]]) -> dict[str, Shape]:
    """By layer: the points of the first step and of the last. Both must have the same x, and no number too large."""
    points: dict[str, dict[float, list[list[float]]]] = {}
    for number, row in enumerate(rows, 1):
        if set(row) != set(SHAPE_COLUMNS) or None in row.values():
            raise ValueError(f"row {number} is not one of learned shapes")
        step, *numbers = (float(row[column]) for column in SHAPE_COLUMNS if column != "layer")
        if math.isfinite(step):
            points.setdefault(row["layer"], {}).setdefault(step, []).append(numbers)
    found = {}
    for layer, by_step in points.items():
        start, end = (_table(by_step[step]) for step in (min(by_step), max(by_step)))
        if len(by_step) > 1 and np.array_equal(start.x, end.x) and (np.abs([*start, *end]) < LARGEST).all():
            found[layer] = Shape(start, end)
    return found


def _table(points: Sequence[Sequence[float]]) -> FunctionTable:
    return FunctionTable(*np.array(points).T)
