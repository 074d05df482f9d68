"""Image files beside the inputs that networks get from them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, drawable, mosaic

Box = tuple[int, int, int, int]  # left, top, width, height
LONGEST_SIDE = 400  # pixels: longer sides are thinned out, since an image is drawn 1.5 inches high


def beside(
    images: Sequence[np.ndarray],
    inputs: Sequence[Sequence[np.ndarray]],
    boxes: Sequence[Sequence[Box]],
    captions: Sequence[str],
) -> Figure:
    """A row for each image, grey or colour: the image with a frame around each input, then the inputs' pixels."""
    most_inputs = max(1, *(len(found) for found in inputs))
    size = 2.2 + 1.2 * most_inputs, 1.7 * len(images)
    figure, panels = axes(len(images), 2, *size, width_ratios=(2, max(2, most_inputs)))
    for row, (image, found, frames, caption) in enumerate(zip(images, inputs, boxes, captions, strict=True)):
        left, right = panels[2 * row : 2 * row + 2]
        _draw_image(left, image, frames, caption)
        if found:
            pixels = mosaic([[*map(drawable, found)]])
            right.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        right.axis("off")
    return figure


def _draw_image(panel: Axes, image: np.ndarray, frames: Sequence[Box], caption: str) -> None:
    rows, columns = image.shape[:2]
    step = -(-max(rows, columns) // LONGEST_SIDE)
    panel.imshow(image[::step, ::step], cmap="gray", vmin=0, vmax=255, extent=(0, columns, rows, 0))
    for x, y, width, height in frames:
        panel.plot([x, x + width, x + width, x, x], [y, y, y + height, y + height, y], color="#D55E00", linewidth=1)
    panel.set_title(caption, fontsize=8, loc="left")
    panel.spines[["top", "right"]].set_visible(True)  # otherwise the edges of a blank image are invisible
    panel.set(xticks=[], yticks=[])
