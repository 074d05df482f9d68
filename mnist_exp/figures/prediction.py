"""What was asked beside what the network saw of it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, mosaic

Box = tuple[int, int, int, int]  # left, top, width, height
LARGE = 400  # pixels a side of a picture that is drawn 1.5 inches high


def beside(pictures: Sequence[np.ndarray], seen: Sequence[Sequence[np.ndarray]], boxes: Sequence[Sequence[Box]],
           captions: Sequence[str]) -> Figure:  # fmt: skip
    """A row per picture: itself with its digits framed, then the 28×28 of each of them."""
    most = max(1, *(len(digits) for digits in seen))
    figure, places = axes(len(pictures), 2, 2.2 + 1.2 * most, 1.7 * len(pictures), width_ratios=(2, max(2, most)))
    for row, (picture, digits, frames, caption) in enumerate(zip(pictures, seen, boxes, captions, strict=True)):
        left, right = places[2 * row : 2 * row + 2]
        step = -(-max(picture.shape) // LARGE)
        high, wide = picture.shape
        left.imshow(picture[::step, ::step], cmap="gray", vmin=0, vmax=255, extent=(0, wide, high, 0))
        for x, y, width, height in frames:
            left.plot([x, x + width, x + width, x, x], [y, y, y + height, y + height, y], color="#D55E00", linewidth=1)
        if digits:
            right.imshow(mosaic([list(digits)]), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        left.set_title(caption, fontsize=8, loc="left")
        left.spines[["top", "right"]].set_visible(True)
        left.set(xticks=[], yticks=[])  # framed: a blank picture would not be seen otherwise
        right.axis("off")
    return figure
