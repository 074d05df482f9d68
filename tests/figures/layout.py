"""Where the parts of a figure are, for the tests of figures."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox


def extents(figure: Figure) -> tuple[list[Bbox], list[Bbox]]:
    """The boxes of the legends and the title, and those of the panels, as fractions of the figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    parts = [*figure.legends, *([figure._suptitle] if figure._suptitle else [])]
    to_fractions = figure.transFigure.inverted()
    boxes = [part.get_window_extent(canvas.get_renderer()).transformed(to_fractions) for part in parts]
    return boxes, [panel.get_position() for panel in figure.axes]
