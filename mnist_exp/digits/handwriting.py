"""Grey pixels of any size → digits prepared as MNIST's were: light ink, scaled to 20×20, centred in 28×28.

Two steps come before that: ink is separated from paper, whichever of them is dark, and thin strokes, which would
vanish in 20 pixels, are thickened.
"""

from math import ceil, sqrt

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_exp.digits.ink import separate_ink
from mnist_exp.digits.network_input import NetworkInput

SIDE, BOX, CENTRE = 28, 20, 14  # the mean centre of mass of MNIST's 60,000 is pixel 14.0, 14.0, counted from 0
MAX_SHORT_SIDE, MAX_PIXELS = 512, 1_000_000  # larger images are reduced; more pixels do not help to recognise a digit
MIN_PIECE_SHARE = 0.05  # of the largest piece's area; smaller pieces are dust
THIN_STROKE = 0.06  # stroke width over the digit's longer side; MNIST's is 0.14, only 1 in 100 below 0.08
TARGET_STROKE = 0.12  # thin strokes are thickened to this
MAX_PIECES = 40  # more than these are not writing, but rain, static or a dotted screen
MIN_INK = 0.25  # of full ink: what a stroke may fade to and still be connected
BLUR = 0.2  # of full ink; removing it let the same CNNs read 1 in 100 more of scikit-learn's digits (n = 4)
EIGHT_NEIGHBOURS = np.ones((3, 3))  # pixels that meet at a corner are connected


def find_digits(grey: np.ndarray, several: bool) -> list[NetworkInput]:
    """Find and prepare the digits of an image.

    Args:
        grey: Luminance (height, width).
        several: Whether the image shows a row of digits; otherwise all ink is one digit.

    Returns:
        The digits (28, 28) from left to right; an empty list where there is no ink.
    """
    reduced, factor = _reduce(grey)
    ink = separate_ink(reduced)
    return [_prepare(np.where(mask, ink, 0), factor) for mask in digit_masks(ink, several)]


def _reduce(grey: np.ndarray) -> tuple[np.ndarray, int]:
    """The image reduced to the largest size that is useful, and by which factor."""
    factor = max(-(-min(grey.shape) // MAX_SHORT_SIDE), ceil(sqrt(grey.size / MAX_PIXELS)))
    if factor == 1:
        return grey.astype(np.float64, copy=False), 1
    return np.asarray(Image.fromarray(grey.astype(np.float32)).reduce(factor), dtype=np.float64), factor


def digit_masks(ink: np.ndarray, several: bool) -> list[np.ndarray]:
    """A mask for each digit: connected pieces of ink without dust, all as one digit or as a row from left to right.

    Pieces above each other are one digit, such as a 5 whose bar does not touch the rest.
    """
    labels, n = ndimage.label(ink > MIN_INK, EIGHT_NEIGHBOURS)
    kept = _large_pieces(labels, n, ink)
    if not kept:
        return []
    groups = _group_by_column(labels, kept) if several else [kept]
    others = [np.isin(labels, [i for i in range(1, n + 1) if i not in group]) for group in groups]
    near = [ndimage.binary_dilation(np.isin(labels, group), EIGHT_NEIGHBOURS, iterations=2) for group in groups]
    return [own & ~other for own, other in zip(near, others, strict=True)]


def _large_pieces(labels: np.ndarray, n: int, ink: np.ndarray) -> list[int]:
    """The labels, from 1 to n, of the pieces that are not dust; none if most of the ink is dust or noise."""
    if n == 0:
        return []
    areas = np.bincount(labels.flat)[1:]
    strong = np.bincount(labels[ink > 0.5], minlength=n + 1)[1:] > 0
    large = strong & (areas > MIN_PIECE_SHARE * areas.max())
    if areas[large].sum() < 0.5 * areas.sum() or large.sum() > MAX_PIECES:
        return []
    return [int(i) + 1 for i in np.flatnonzero(large)]


def _group_by_column(labels: np.ndarray, kept: list[int]) -> list[list[int]]:
    """Group pieces that share more than half of the narrower one's width; groups from left to right."""
    places = ndimage.find_objects(labels)
    groups: list[tuple[int, int, list[int]]] = []
    for i in sorted(kept, key=lambda i: places[i - 1][1].start):
        left, right = places[i - 1][1].start, places[i - 1][1].stop
        if groups:
            start, stop, members = groups[-1]
            if min(stop, right) - left > 0.5 * min(stop - start, right - left):
                groups[-1] = (start, max(stop, right), [*members, i])
                continue
        groups.append((left, right, [i]))
    return [members for *_, members in groups]


def _prepare(ink: np.ndarray, factor: int) -> NetworkInput:
    """Crop one digit's ink and prepare it for a network."""
    ink = _remove_blur(ink / ink.max())  # in a row, one digit may be fainter than the others
    rows, columns = (np.flatnonzero((ink > 0.05).any(axis)) for axis in (1, 0))
    top, left, height, width = rows[0], columns[0], np.ptp(rows) + 1, np.ptp(columns) + 1
    cropped = ink[top : top + height, left : left + width]
    box = (int(left) * factor, int(top) * factor, int(width) * factor, int(height) * factor)
    return NetworkInput(centre(scale_to_box(thicken(cropped))), box)


def _remove_blur(ink: np.ndarray) -> np.ndarray:
    """Remove what a lens or enlarging adds around strokes; MNIST's own edges are one pixel wide."""
    if np.ptp(np.argwhere(ink > 0.05), axis=0).max() < 2 * BOX:
        return ink
    sharper: np.ndarray = np.clip((ink - BLUR) / (1 - BLUR), 0, 1)
    return sharper


def thicken(ink: np.ndarray) -> np.ndarray:
    """Widen strokes that are too thin to survive scaling to 20 pixels."""
    depth = ndimage.distance_transform_edt(np.pad(ink > 0.5, 1))
    # Across a stroke the depth grows evenly to half its width; the percentile ignores frayed edges.
    side, width = max(ink.shape), float(np.percentile(depth[depth > 0], 90)) / 0.45
    if width >= THIN_STROKE * side:
        return ink
    margin = (TARGET_STROKE * side - width) / 2
    padded = np.pad(ink, int(margin) + 1)
    distance = ndimage.distance_transform_edt(padded <= 0.5)
    thicker: np.ndarray = np.maximum(padded, np.clip(margin + 0.5 - distance, 0, 1))
    return thicker


def scale_to_box(ink: np.ndarray) -> np.ndarray:
    """Scale the longer side to 20 pixels, each the mean of the area it covers."""
    height, width = (max(1, round(n * BOX / max(ink.shape))) for n in ink.shape)
    method = Image.Resampling.BOX if max(ink.shape) > BOX else Image.Resampling.BICUBIC
    scaled = np.asarray(Image.fromarray(ink.astype(np.float32)).resize((width, height), method), dtype=np.float64)
    clipped: np.ndarray = np.clip(scaled / scaled.max(), 0, 1)
    return clipped


def centre(box: np.ndarray) -> np.ndarray:
    """Place it in 28×28 with its centre of mass at the centre, to the nearest pixel and without cropping."""
    height, width = box.shape
    y, x = (int(np.clip(round(CENTRE - c), 0, SIDE - n)) for c, n in zip(centre_of_mass(box), box.shape, strict=True))
    field = np.zeros((SIDE, SIDE))
    field[y : y + height, x : x + width] = box
    pixels: np.ndarray = np.rint(255 * field).astype(np.uint8)
    return pixels


def centre_of_mass(pixels: np.ndarray) -> tuple[float, float]:
    """Row and column of the mean position, weighted by the pixels."""
    y, x = np.indices(pixels.shape)
    return float((y * pixels).sum() / pixels.sum()), float((x * pixels).sum() / pixels.sum())
