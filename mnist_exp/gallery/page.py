"""activations.html: a row for each function, with a sketch of it and its properties."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from mnist_exp.gallery.cost import SHAPE, TURNS
from mnist_exp.gallery.properties import Properties
from mnist_exp.gallery.table import Row, columns
from mnist_exp.html_page import write_html
from mnist_exp.runs.versions import machine, versions

TEMPLATE = Path(__file__).parent / "page.html"
# A sketch shows x from −6 to 6 and y from −1.8 to 3.2, with 10 units of the drawing for each 1.
WIDTH, HEIGHT, UNIT, X0, Y0 = 120, 50, 10, 60, 32


def write_page(file: Path, rows: Sequence[Row]) -> None:
    """Write the page, whole or not at all."""
    write_html(
        TEMPLATE,
        file,
        columns=columns(rows),
        rows=[(row, sketch(row)) for row in rows],
        learned=sum(row.function.learned for row in rows),
        sortable=sortable,
        costs=costs_text() if any(row.costs for row in rows) else None,
        software=f"PyTorch {versions()['torch']}, mnist_exp {versions()['mnist_exp']}",
    )


def costs_text() -> str:
    """How and where the costs were measured."""
    size = " × ".join(map(str, SHAPE))
    return (
        f"Costs: processor time on one core of {machine()}; inputs of {size}, in training mode; each beside ReLU, "
        f"medians of {TURNS} turns. bf16 is what trainer.precision=bf16-mixed does."
    )


def sortable(value: Any) -> str:
    """A value as the page's script sorts it."""
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return "" if value is None else str(value)


def sketch(row: Row) -> Markup:
    """A small drawing: the function, its derivative dotted, and a band where it is saturated."""
    x = np.linspace(-WIDTH / 2, WIDTH / 2, 2 * WIDTH + 1) / UNIT
    values, slopes = (_path(x, y) for y in (row.function(x), row.function.slope(x)))
    bands = "".join(
        f'<rect x="{left:.1f}" width="{right - left:.1f}" height="{HEIGHT}"/>' for left, right in _bands(row.properties)
    )
    return Markup(
        f'<svg class="sketch" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{bands}'
        f'<path class="axes" d="M0 {Y0}H{WIDTH}M{X0} 0V{HEIGHT}"/>'
        f'<path class="slope" d="{slopes}"/><path class="value" d="{values}"/></svg>'
    )


def _path(x: np.ndarray, y: np.ndarray) -> str:
    across, down = X0 + UNIT * x, Y0 - UNIT * np.clip(np.nan_to_num(y), -9, 9)
    return "M" + "L".join(f"{a:g} {b:.1f}" for a, b in zip(across, down, strict=True))


def _bands(found: Properties) -> list[tuple[float, float]]:
    """Left and right end of each."""
    below, above = (
        None if x is None else float(np.clip(X0 + UNIT * x, 0, WIDTH))
        for x in (found.saturated_below, found.saturated_above)
    )
    return [*([(0.0, below)] if below else []), *([(above, float(WIDTH))] if above and above < WIDTH else [])]
