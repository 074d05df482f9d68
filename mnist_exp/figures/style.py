"""What all figures share: lines of activations, fonts, grids of axes, mosaics of images, writing PNG, SVG and PDF."""

from collections.abc import Sequence
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from mnist_exp import registry
from mnist_exp.atomic_files import replacing, write_bytes

# Okabe and Ito's palette, made to be distinguishable by colour-blind readers.
STUDY = {
    **{"sigmoid": "#E69F00", "tanh": "#56B4E9", "relu": "#0072B2"},
    **{"leaky_relu": "#009E73", "swish": "#D55E00", "mish": "#CC79A7"},
}
COLOURS = [*STUDY.values()]
NO_ACTIVATION_LINE = {"color": "#555555", "linestyle": "-"}
# Other activations have the same colours with these dashes, in the order of the registry.
DASHES: tuple[Any, ...] = ("--", ":", "-.", (0, (8, 2)), (0, (2, 1)), (0, (6, 1, 1, 1, 1, 1)))
# Activations that are not in the registry have colours of their own, from Paul Tol's palette "muted", with other dashes
# (lengths of ink and gap) once all are taken.
UNLISTED_COLOURS = ("#332288", "#882255", "#999933", "#AA4499", "#6E4B1E")
UNLISTED_DASHES = ("-", (0, (4, 1, 1, 1)), (0, (8, 2, 1, 2)), (0, (4, 1, 1, 1, 1, 1)), (0, (10, 4)))
_UNLISTED_STYLES = [{"color": colour, "linestyle": dash} for dash in UNLISTED_DASHES for colour in UNLISTED_COLOURS]
_unlisted_slots: dict[int, str] = {}  # the names that this process has drawn, by their style
DPI, PAPER_DPI = 110, 200  # of PNG files for a screen, and of those beside SVG and PDF
SMALL = 7  # points: ticks, legends and numbers in a figure; all other text has 8
RC: dict[Any, Any] = {
    **{"font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "figure.titlesize": 8, "legend.fontsize": SMALL},
    **{"xtick.labelsize": SMALL, "ytick.labelsize": SMALL, "axes.linewidth": 0.6, "lines.linewidth": 1.2},
    **{"xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5, "ytick.major.size": 2.5},
    **{"xtick.minor.size": 1.5, "ytick.minor.size": 1.5, "axes.spines.top": False, "axes.spines.right": False},
    **{"axes.grid": False, "legend.frameon": False, "svg.fonttype": "none"},
    "pdf.fonttype": 42,  # TrueType: journals refuse matplotlib's Type 3
}
styled = rc_context(RC)  # decorates functions that draw: titles and legends take their sizes when they are made


def line(activation: str | None) -> dict[str, Any]:
    """Colour and line style, as arguments of plot(). Any name has one; None is a network without activation."""
    if activation is None:
        return NO_ACTIVATION_LINE
    return _listed_styles().get(activation) or _unlisted_style(activation)


def _listed_styles() -> dict[str, dict[str, Any]]:
    others = [name for name in registry.names("activation") if name not in STUDY]
    styles = [{"color": colour, "linestyle": dashes} for dashes in DASHES for colour in COLOURS]
    study = {name: {"color": colour, "linestyle": "-"} for name, colour in STUDY.items()}
    return study | dict(zip(others, styles, strict=False))


def _unlisted_style(name: str) -> dict[str, Any]:
    """Chosen by a hash of the name, so that it is the same in every process; the next free one if that is taken."""
    count, plain, start = len(_UNLISTED_STYLES), len(UNLISTED_COLOURS), crc32(name.encode())
    slots = [(start + offset) % plain for offset in range(plain)] + list(range(plain, count))
    slot = next((slot for slot in slots if _unlisted_slots.get(slot, name) == name), slots[0])
    _unlisted_slots.setdefault(slot, name)
    return _UNLISTED_STYLES[slot]


def axes(rows: int, columns: int, width: float, height: float, **kwargs: Any) -> tuple[Figure, list[Axes]]:
    """A figure and its axes, row by row."""
    with rc_context(RC):
        figure = Figure(figsize=(width, height), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False, **kwargs)
    return figure, list(grid.flat)


def mosaic(images: Sequence[Sequence[np.ndarray]], gap: int = 1) -> np.ma.MaskedArray:
    """Rows of images of one size as a single image; hundreds of axes would take seconds to draw.

    Grey images (h, w) become one with masked gaps. RGB images (h, w, 3) in [0, 1] become RGBA with transparent gaps.
    """
    height, width, *channels = images[0][0].shape
    columns = max(len(row) for row in images)
    size = len(images) * (height + gap) - gap, columns * (width + gap) - gap
    whole = np.ma.array(np.zeros((*size, *channels)), mask=True)
    for i, row in enumerate(images):
        for j, image in enumerate(row):
            top, left = i * (height + gap), j * (width + gap)
            whole[top : top + height, left : left + width] = image
    if not channels:
        return whole
    opaque = ~np.ma.getmaskarray(whole)[..., :1]  # matplotlib ignores the mask of RGB images
    return np.ma.array(np.concatenate([whole.filled(0), opaque], axis=-1))


def drawable(image: np.ndarray) -> np.ndarray:
    """Raw pixels (h, w) or (h, w, c) as imshow draws them: grey, or RGB in [0, 1].

    Of other numbers of channels the mean is drawn, as grey.
    """
    if image.ndim == 2:
        return image
    colour: np.ndarray = image / 255 if image.shape[2] == 3 else image.mean(2)
    return colour


def shortened(name: str, length: int) -> str:
    """The name, cut to this length with an ellipsis at its end if it is longer."""
    return name if len(name) <= length else f"{name[: length - 1]}…"


def in_rows(items: Sequence[Any], columns: int) -> list[Sequence[Any]]:
    """The items in rows of equal length; the last row may be shorter."""
    return [items[i : i + columns] for i in range(0, len(items), columns)]


def save(figure: Figure, path: Path, dpi: int = DPI) -> None:
    """Write a PNG; folders that do not exist are created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, png(figure, dpi))


def png(figure: Figure, dpi: int = DPI) -> bytes:
    """The figure as the content of a PNG file."""
    buffer = BytesIO()
    with rc_context(RC):
        figure.dpi = dpi
        canvas: Any = FigureCanvasAgg(figure)
        canvas.print_png(buffer)  # savefig would lay it out twice
    figure.set_layout_engine("none")  # the layout is final: it need not be computed again for other formats
    return buffer.getvalue()


def save_for_paper(figure: Figure, folder: Path, name: str) -> None:
    """Write a PNG, an SVG and a PDF; the same figure gives the same files."""
    save(figure, folder / f"{name}.png", PAPER_DPI)
    with rc_context(RC | {"svg.hashsalt": name}):
        svg_canvas: Any = FigureCanvasSVG(figure)
        with replacing(folder / f"{name}.svg") as partial:
            svg_canvas.print_svg(partial, metadata={"Date": None})
        pdf_canvas: Any = FigureCanvasPdf(figure)
        with replacing(folder / f"{name}.pdf") as partial:
            pdf_canvas.print_pdf(partial, metadata={"CreationDate": None})


def svg(figure: Figure, name: str, alt: str) -> str:
    """The figure as an element of a page.

    Black lines and text take the page's colour. `alt` describes the figure to screen readers; `name` makes its ids
    different from those of other figures on the page.
    """
    buffer = StringIO()
    backgrounds = [figure.patch, *(panel.patch for panel in figure.axes)]
    colours = [background.get_facecolor() for background in backgrounds]
    for background in backgrounds:
        background.set_facecolor("none")
    with rc_context(RC | {"svg.hashsalt": name}):
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None})
    for background, colour in zip(backgrounds, colours, strict=True):
        background.set_facecolor(colour)
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace("stroke: #000000", "stroke: currentColor")
    return text.replace("<svg ", f'<svg role="img" aria-label="{escape(alt, quote=True)}" ', 1)
