"""A network's first-layer weights, its feature maps, and images of digits."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, in_rows, mosaic

COLUMNS, CHANNELS = 8, 16


def filters(weights: np.ndarray) -> Figure:
    """First-layer filters (n, side, side) on one colour scale: positive red, negative blue, zero white."""
    return _weights(weights, f"{len(weights)} filters of the first convolution: positive red, negative blue")


def dense_weights(weights: np.ndarray, at_most: int = 40) -> Figure:
    """The weights of a first dense layer as images (n, 28, 28), for the units whose weights have the largest norms."""
    order = np.argsort(-np.linalg.norm(weights.reshape(len(weights), -1), axis=1), kind="stable")[:at_most]
    title = f"pixel weights of {len(order)} of {len(weights)} units: positive red, negative blue"
    return _weights(weights[order], title)


def _weights(weights: np.ndarray, title: str) -> Figure:
    rows = in_rows(list(weights), COLUMNS)
    figure, (panel,) = axes(1, 1, 6, 0.75 * len(rows) + 0.5)
    largest = float(np.abs(weights).max()) or 1.0
    weights_image = panel.imshow(mosaic(rows), cmap="RdBu_r", interpolation="nearest", vmin=-largest, vmax=largest)
    figure.colorbar(weights_image, ax=panel, shrink=0.8)
    panel.set_title(title)
    panel.axis("off")
    return figure


def feature_maps(images: np.ndarray, maps: np.ndarray, layer: str) -> Figure:
    """Images (n, 28, 28) and the outputs (n, c, h, w) of a convolution's channels for them, on one grey scale."""
    chosen = maps[:, :CHANNELS]
    shown, channels = chosen.shape[1], maps.shape[1]
    few = shown < CHANNELS // 2  # then the title needs more room than the maps
    size = max(0.6 * shown + 1.6, 6), 0.62 * len(images) + 0.4
    figure, (left, right) = axes(1, 2, *size, width_ratios=(1, shown))
    left.imshow(mosaic([[image] for image in images]), cmap="gray", interpolation="nearest")
    left.set_title("image")
    right.imshow(mosaic([list(row) for row in chosen]), cmap="viridis", interpolation="nearest")
    title = (f"{layer}: {shown} of {channels} channels", "after the activation; bright = large")
    right.set_title(("\n" if few else ", ").join(title))
    for panel in (left, right):
        panel.axis("off")
    return figure


def digits(images: Sequence[np.ndarray], captions: Sequence[str], title: str) -> Figure:
    """A gallery of digits with a line above each."""
    rows = in_rows(list(images), COLUMNS)
    gap = 10  # pixels, for the captions
    figure, (panel,) = axes(1, 1, 8.4, 1.3 * len(rows) + 0.5)
    if rows:
        panel.imshow(mosaic(rows, gap), cmap="gray", interpolation="nearest")
    for i, caption in enumerate(captions):
        row, column = divmod(i, COLUMNS)
        panel.text(column * (28 + gap), row * (28 + gap) - 2, caption, fontsize=7)
    panel.set_title(title, pad=16)
    panel.axis("off")
    return figure
