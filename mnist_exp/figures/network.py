"""What a network has learnt to look for, and what it sees in an image."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, in_rows, mosaic

COLUMNS, CHANNELS = 8, 16


def filters(weights: np.ndarray) -> Figure:
    """First-layer filters (n, side, side): red adds, blue takes away, white is nothing; one scale for all."""
    return _weights(weights, f"{len(weights)} filters of the first convolution: red adds, blue takes away")


def dense_weights(weights: np.ndarray, most: int = 40) -> Figure:
    """What each unit of a first dense layer adds up, as images (n, 28, 28); the units with the largest weights."""
    order = np.argsort(-np.linalg.norm(weights.reshape(len(weights), -1), axis=1), kind="stable")[:most]
    heading = f"weights of {len(order)} of {len(weights)} units on the pixels: red adds, blue takes away"
    return _weights(weights[order], heading)


def _weights(weights: np.ndarray, heading: str) -> Figure:
    rows = in_rows(list(weights), COLUMNS)
    figure, (place,) = axes(1, 1, 6, 0.75 * len(rows) + 0.5)
    largest = float(np.abs(weights).max()) or 1.0
    shown = place.imshow(mosaic(rows), cmap="RdBu_r", interpolation="nearest", vmin=-largest, vmax=largest)
    figure.colorbar(shown, ax=place, shrink=0.8)
    place.set_title(heading)
    place.axis("off")
    return figure


def feature_maps(images: np.ndarray, maps: np.ndarray, layer: str) -> Figure:
    """For each image (n, 28, 28) what the channels (n, c, h, w) of one convolution answer; one scale for all."""
    chosen = maps[:, :CHANNELS]
    figure, (seen, answers) = axes(
        1, 2, 0.6 * chosen.shape[1] + 1.6, 0.62 * len(images) + 0.4, width_ratios=(1, chosen.shape[1])
    )
    seen.imshow(mosaic([[image] for image in images]), cmap="gray", interpolation="nearest")
    seen.set_title("image")
    answers.imshow(mosaic([list(row) for row in chosen]), cmap="viridis", interpolation="nearest")
    answers.set_title(f"{layer}: {chosen.shape[1]} of {maps.shape[1]} channels, after the activation; bright = large")
    for place in (seen, answers):
        place.axis("off")
    return figure


def digits(images: Sequence[np.ndarray], captions: Sequence[str], heading: str) -> Figure:
    """A gallery of digits with a line above each."""
    rows = in_rows(list(images), COLUMNS)
    gap = 10  # pixels, for the captions
    figure, (place,) = axes(1, 1, 8.4, 1.3 * len(rows) + 0.5)
    if rows:
        place.imshow(mosaic(rows, gap), cmap="gray", interpolation="nearest")
    for i, caption in enumerate(captions):
        row, column = divmod(i, COLUMNS)
        place.text(column * (28 + gap), row * (28 + gap) - 2, caption, fontsize=7)
    place.set_title(heading, pad=16)
    place.axis("off")
    return figure
