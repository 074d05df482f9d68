"""Image files beside the digits that were found in them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, mosaic

Box = tuple[int, int, int, int]  # left, top, width, height
LONGEST_SIDE = 400  # pixels: longer sides are thinned out, since an image is drawn 1.5 inches high


def beside(
    images: Sequence[np.ndarray],
    digits: Sequence[Sequence[np.ndarray]],
    boxes: Sequence[Sequence[Box]],
    captions: Sequence[str],
) -> Figure:
    """A row for each image: the image with a frame around each digit, then the 28×28 pixels of each digit."""
    most_digits = max(1, *(len(found) for found in digits))
    size = 2.2 + 1.2 * most_digits, 1.7 * len(images)
    figure, panels = axes(len(images), 2, *size, width_ratios=(2, max(2, most_digits)))
    for row, (image, found, frames, caption) in enumerate(zip(images, digits, boxes, captions, strict=True)):
        left, right = panels[2 * row : 2 * row + 2]
        _draw_image(left, image, frames, caption)
        if found:
            right.imshow(mosaic([list(found)]), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        right.axis("off")
    return figure


def _draw_image(panel: Axes, image: np.ndarray, frames: Sequence[Box], caption: str) -> None:
    step = -(-max(image.shape) // LONGEST_SIDE)
    rows, columns = image.shape
    panel.imshow(image[::step, ::step], cmap="gray", vmin=0, vmax=255, extent=(0, columns, rows, 0))
    for x, y, width, height in frames:
        panel.plot([x, x + width, x + width, x, x], [y, y, y + height, y + height, y], color="#D55E00", linewidth=1)
    panel.set_title(caption, fontsize=8, loc="left")
    panel.spines[["top", "right"]].set_visible(True)  # otherwise the edges of a blank image are invisible
    panel.set(xticks=[], yticks=[])
