"""What all figures share: size, colours, and how they become PNG."""

from collections.abc import Sequence
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Okabe and Ito's palette, made to be told apart by colour-blind readers; an activation has its colour everywhere.
STUDY = {
    **{"sigmoid": "#E69F00", "tanh": "#56B4E9", "relu": "#0072B2"},
    **{"leaky_relu": "#009E73", "swish": "#D55E00", "mish": "#CC79A7"},
}
OTHERS = ("gelu", "elu", "selu", "hard_swish", "softplus", "identity")  # the same colours, dashed
LINES: dict[str, dict[str, Any]] = {
    **{name: {"color": colour, "linestyle": "-"} for name, colour in STUDY.items()},
    **{name: {"color": colour, "linestyle": "--"} for name, colour in zip(OTHERS, STUDY.values(), strict=True)},
}
PLAIN = {"color": "#555555", "linestyle": "-"}  # a network without activation
DPI = 110
RC: dict[Any, Any] = {
    **{"font.size": 9, "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False},
    **{"axes.grid": False, "legend.frameon": False, "svg.fonttype": "none"},
}


def line(activation: str | None) -> dict[str, Any]:
    return LINES.get(activation or "", PLAIN)


def axes(rows: int, columns: int, width: float, height: float, **kwargs: Any) -> tuple[Figure, list[Axes]]:
    """A figure and its axes, row by row."""
    with rc_context(RC):
        figure = Figure(figsize=(width, height), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False, **kwargs)
    return figure, list(grid.flat)


def mosaic(images: Sequence[Sequence[np.ndarray]], gap: int = 1) -> np.ma.MaskedArray:
    """Rows of pictures of one size as a single picture, the gaps between them masked: hundreds of axes take seconds."""
    high, wide = images[0][0].shape
    columns = max(len(row) for row in images)
    whole = np.ma.array(np.zeros((len(images) * (high + gap) - gap, columns * (wide + gap) - gap)), mask=True)
    for i, row in enumerate(images):
        for j, image in enumerate(row):
            whole[i * (high + gap) : i * (high + gap) + high, j * (wide + gap) : j * (wide + gap) + wide] = image
    return whole


def in_rows(items: Sequence[Any], columns: int) -> list[Sequence[Any]]:
    return [items[i : i + columns] for i in range(0, len(items), columns)]


def save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with rc_context(RC):
        figure.dpi = DPI
        FigureCanvasAgg(figure).print_png(path)  # savefig would go through all of it twice
    figure.set_layout_engine("none")  # it is laid out now: saving it once more need not take as long again


def svg(figure: Figure, name: str, alt: str) -> str:
    """The figure as an element of a page: lines and text take the page's colour; the name keeps its ids its own."""
    buffer = StringIO()
    grounds = [figure.patch, *(place.patch for place in figure.axes)]
    colours = [ground.get_facecolor() for ground in grounds]
    for ground in grounds:
        ground.set_facecolor("none")
    with rc_context(RC | {"svg.hashsalt": name}):
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    for ground, colour in zip(grounds, colours, strict=True):
        ground.set_facecolor(colour)
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :].replace("stroke: #000000", "stroke: currentColor")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(alt, quote=True)}" ', 1)
