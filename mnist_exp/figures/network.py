"""A network's first-layer weights, its feature maps, and galleries of images."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, drawable, in_rows, mosaic

COLUMNS, CHANNELS = 8, 16
CAPTION_SIZE = 7  # points
TILE = 0.9  # inches: the width of an image in a gallery, without the gap
SIGNS = "positive red, negative blue"
COLOUR_SIGNS = "red, green and blue weights as a colour, zero is mid-grey"


def filters(weights: np.ndarray) -> Figure:
    """First-layer filters on one scale.

    Args:
        weights: (n, h, w): positive red, negative blue, zero white. (n, h, w, 3): weights of red, green and blue,
            drawn as a colour, zero mid-grey.
    """
    return _weights(weights, f"{len(weights)} filters of the first convolution", len(weights[0]) / len(weights[0][0]))


def dense_weights(weights: np.ndarray, at_most: int = 40) -> Figure:
    """The weights of a first dense layer as images, for the units whose weights have the largest norms.

    Args:
        weights: (units, h, w), or (units, h, w, 3) for colour images; see `filters`.
        at_most: how many units are drawn.
    """
    order = np.argsort(-np.linalg.norm(weights.reshape(len(weights), -1), axis=1), kind="stable")[:at_most]
    title = f"pixel weights of {len(order)} of {len(weights)} units"
    return _weights(weights[order], title, len(weights[0]) / len(weights[0][0]))


def _weights(weights: np.ndarray, title: str, aspect: float) -> Figure:
    """Weights as images; `aspect` is height over width of one."""
    largest = float(np.abs(weights).max()) or 1.0
    colour = weights.ndim == 4
    shown = 0.5 + weights / (2 * largest) if colour else weights
    rows = in_rows(list(shown), COLUMNS)
    figure, (panel,) = axes(1, 1, 6, 0.75 * aspect * len(rows) + (0.6 if colour else 0.5))
    if colour:
        panel.imshow(mosaic(rows), interpolation="nearest")
    else:
        image = panel.imshow(mosaic(rows), cmap="RdBu_r", interpolation="nearest", vmin=-largest, vmax=largest)
        figure.colorbar(image, ax=panel, shrink=0.8)
    panel.set_title(f"{title}:\n{COLOUR_SIGNS}" if colour else f"{title}: {SIGNS}")
    panel.axis("off")
    return figure


def feature_maps(images: np.ndarray, maps: np.ndarray, layer: str) -> Figure:
    """Images beside the outputs of a convolution's channels for them, which share one scale.

    Args:
        images: uint8 (n, h, w), or (n, h, w, 3) for colour.
        maps: the outputs (n, channels, h, w).
        layer: the layer's name, for the title.
    """
    chosen = maps[:, :CHANNELS]
    shown, channels = chosen.shape[1], maps.shape[1]
    few = shown < CHANNELS // 2  # then the title needs more room than the maps
    aspect = images.shape[1] / images.shape[2]
    size = max(0.6 * shown + 1.6, 6), 0.63 * aspect * len(images) + 0.4
    figure, (left, right) = axes(1, 2, *size, width_ratios=(1, shown))
    _show(left, [[image] for image in images])
    left.set_title("image")
    right.imshow(mosaic([list(row) for row in chosen]), cmap="viridis", interpolation="nearest")
    title = (f"{layer}: {shown} of {channels} channels", "after the activation; bright = large")
    right.set_title(("\n" if few else ", ").join(title))
    for panel in (left, right):
        panel.set_aspect("equal" if few else "auto")  # the rows of both panels are as high, whatever shape maps have
        panel.axis("off")
    return figure


def gallery(images: Sequence[np.ndarray], captions: Sequence[str], title: str) -> Figure:
    """Images, grey or colour, with a caption of one or more lines above each."""
    rows = in_rows(list(images), COLUMNS)
    lines = max((caption.count("\n") + 1 for caption in captions), default=1)
    height, width = images[0].shape[:2] if rows else (28, 28)
    inches = TILE / width  # of a pixel
    gap = round(lines * 1.35 * CAPTION_SIZE / 72 / inches) + 2
    size = COLUMNS * (width + gap), len(rows) * (height + gap)  # pixels, with room above and beside each image
    figure, (panel,) = axes(1, 1, size[0] * inches + 0.1, size[1] * inches + 0.4)
    if rows:
        _show(panel, rows, gap)
        # The captions are inside the axes, so that the layout does not cut them or the title off.
        panel.set(aspect="auto", xlim=(-0.5, size[0] - 0.5), ylim=(size[1] - gap - 0.5, -gap - 0.5))
    for i, caption in enumerate(captions):
        row, column = divmod(i, COLUMNS)
        panel.text(column * (width + gap), row * (height + gap) - 2, caption, fontsize=CAPTION_SIZE, va="bottom")
    panel.set_title(title)
    panel.axis("off")
    return figure


def _show(panel: Axes, rows: Sequence[Sequence[np.ndarray]], gap: int = 1) -> None:
    """Draw rows of uint8 images in grey or in their colours."""
    panel.imshow(mosaic([[*map(drawable, row)] for row in rows], gap), cmap="gray", interpolation="nearest")
