"""Grey pixels of any size → digits as MNIST's makers prepared theirs: light ink, scaled to 20×20, centred in 28×28.

Two things they did not need are done besides: paper is told from ink, whichever is dark, and a pen that would fade to
nothing in 20 pixels is drawn thicker.
"""

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from PIL import Image
from scipy import ndimage

SIDE, BOX, CENTRE = 28, 20, 14  # the mean centre of mass of MNIST's 60,000 is pixel 14.0, 14.0 counted from 0
MOST, AREA = 512, 1_000_000  # pixels of the shorter side, and of all, to work on: more show no more of a digit
CONTRAST, CLEAR = 24, 5  # ink differs from paper by that many grey levels of 255, and that many sd of the paper
SPECK = 0.05  # of the largest shape's area: what is smaller is dust
THIN, WANTED = 0.06, 0.12  # stroke over the digit's longer side; of MNIST's 0.14, only 1 in 100 below 0.08
MOST_PIECES = 40  # more are no writing: rain, static, a screen of dots
FAINT = 0.25  # of full ink: what a stroke may fade to and still hold together
HALO = 0.2  # of full ink; the same CNNs read 1 in 100 more of scikit-learn's digits than without (n = 4)
TOUCHING = np.ones((3, 3))  # pixels that meet at a corner belong together


@dataclass(frozen=True)
class Digit:
    pixels: np.ndarray  # uint8 (28, 28): what a network sees
    box: tuple[int, int, int, int]  # left, top, width, height in the picture


def find_digits(grey: np.ndarray, several: bool) -> list[Digit]:
    """The one digit of a picture, or all of a row from left to right; none where there is no ink."""
    small, step = _reduced(grey)
    ink = separate_ink(small)
    groups = shapes(ink, several)
    return [_digit(np.where(group, ink, 0), step) for group in groups]


def _reduced(grey: np.ndarray) -> tuple[np.ndarray, int]:
    """The picture at a size worth working on, and how many of its pixels, either way, are one there."""
    step = max(-(-min(grey.shape) // MOST), ceil(sqrt(grey.size / AREA)))  # of a long row the digits stay large
    if step == 1:
        return grey.astype(np.float64, copy=False), 1
    return np.asarray(Image.fromarray(grey.astype(np.float32)).reduce(step), dtype=np.float64), step


def separate_ink(grey: np.ndarray) -> np.ndarray:
    """How much ink is where, from 0 to 1; all 0 for a picture that is empty or nearly uniform."""
    level = np.full_like(grey, np.median(grey))
    for _ in range(3):  # paper under uneven light: each time nearer to what is paper, and to its slope
        light = (grey - level) > otsu(grey - level)
        if light.all() or not light.any():
            return np.zeros_like(grey)
        paper = light == _ground_is_light(light)
        level = _plane_through(grey, paper)
    toward = 1 if (grey - level)[~paper].mean() > 0 else -1
    amount = toward * (grey - level)
    full = float(np.percentile(amount[~paper], 75))
    if full < max(CONTRAST, CLEAR * float(amount[paper].std())):
        return np.zeros_like(grey)
    noise = 4 * _grain(amount, paper)
    return np.clip((amount - noise) / (full - noise), 0, 1)


def _grain(grey: np.ndarray, paper: np.ndarray) -> float:
    """How much neighbours on the paper differ: 0 where it is clean, however blurred the ink's edges reach into it."""
    beside = np.abs(np.diff(grey, axis=1))[paper[:, 1:] & paper[:, :-1]]
    return float(np.median(beside)) if beside.size else 0.0


def otsu(grey: np.ndarray) -> float:
    """The grey level that splits the pixels into the two most separate classes (Otsu 1979)."""
    counts, edges = np.histogram(grey, bins=256)
    middle = (edges[:-1] + edges[1:]) / 2
    below = counts.cumsum()[:-1]
    above = counts.sum() - below
    total = (counts * middle).cumsum()
    between = below * above * (total[:-1] / below.clip(1) - (total[-1] - total[:-1]) / above.clip(1)) ** 2
    best = np.flatnonzero(between == between.max())  # an empty stretch between the two: its middle
    return float(edges[1 + int(best.mean())])


def _ground_is_light(light: np.ndarray) -> bool:
    """The ground is what the frame is mostly of; where that is undecided, what there is more of."""
    frame = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]]).mean()
    return bool(frame > 0.5 if abs(frame - 0.5) > 0.1 else light.mean() > 0.5)


def _plane_through(grey: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """The light that falls on the paper, as a plane fitted to the pixels that are paper."""
    y, x = np.indices(grey.shape) / max(grey.shape)
    terms = np.stack([np.ones_like(grey), x, y])
    known = terms * paper
    # The normal equations: three unknowns, solved in a tenth of the time that lstsq takes over all pixels.
    products, sums = np.einsum("iyx,jyx->ij", known, terms), np.einsum("iyx,yx->i", known, grey)
    return np.einsum("i,iyx->yx", np.linalg.pinv(products) @ sums, terms)


def shapes(ink: np.ndarray, several: bool) -> list[np.ndarray]:
    """Masks of the digits: connected strokes, without dust; all of them as one, or a row from left to right.

    Pieces that stand above each other, as the bar of a 5 that does not touch its belly, are one digit.
    """
    labels, n = ndimage.label(ink > FAINT, TOUCHING)
    if n == 0:
        return []
    areas = np.bincount(labels.flat)[1:]
    strong = np.bincount(labels[ink > 0.5], minlength=n + 1)[1:] > 0
    large = strong & (areas > SPECK * areas.max())
    if areas[large].sum() < 0.5 * areas.sum() or large.sum() > MOST_PIECES:
        return []  # nothing but dust
    kept = [int(i) + 1 for i in np.flatnonzero(large)]
    groups = _columns(labels, kept) if several else [kept]
    others = [np.isin(labels, [i for i in range(1, n + 1) if i not in group]) for group in groups]
    near = [ndimage.binary_dilation(np.isin(labels, group), TOUCHING, iterations=2) for group in groups]
    return [mine & ~theirs for mine, theirs in zip(near, others, strict=True)]


def _columns(labels: np.ndarray, kept: list[int]) -> list[list[int]]:
    """The pieces that share more than half of the narrower one's width, together; from left to right."""
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


def _digit(ink: np.ndarray, step: int) -> Digit:
    ink = _without_halo(ink / ink.max())  # of a row, one digit may be fainter than the others
    rows, columns = (np.flatnonzero((ink > 0.05).any(axis)) for axis in (1, 0))
    top, left, high, wide = rows[0], columns[0], np.ptp(rows) + 1, np.ptp(columns) + 1
    cut = ink[top : top + high, left : left + wide]
    box = (int(left) * step, int(top) * step, int(wide) * step, int(high) * step)
    return Digit(centred(boxed(thickened(cut))), box)


def _without_halo(ink: np.ndarray) -> np.ndarray:
    """What a lens or enlarging smears around a stroke would be a wider stroke; MNIST's own edges are one pixel wide."""
    if np.ptp(np.argwhere(ink > 0.05), axis=0).max() < 2 * BOX:
        return ink
    return np.clip((ink - HALO) / (1 - HALO), 0, 1)


def thickened(ink: np.ndarray) -> np.ndarray:
    """A stroke too thin to survive in 20 pixels, as of a broader pen."""
    inside = ndimage.distance_transform_edt(np.pad(ink > 0.5, 1))
    # Across a strip the depth grows evenly to half its width; near its top, frayed edges do not count.
    side, width = max(ink.shape), float(np.percentile(inside[inside > 0], 90)) / 0.45
    if width >= THIN * side:
        return ink
    reach = (WANTED * side - width) / 2
    pad = int(reach) + 1
    padded = np.pad(ink, pad)
    away = ndimage.distance_transform_edt(padded <= 0.5)
    return np.maximum(padded, np.clip(reach + 0.5 - away, 0, 1))


def boxed(ink: np.ndarray) -> np.ndarray:
    """Scaled so that the longer side is 20 pixels, each the mean of what it covers."""
    high, wide = (max(1, round(n * BOX / max(ink.shape))) for n in ink.shape)
    way = Image.Resampling.BOX if max(ink.shape) > BOX else Image.Resampling.BICUBIC
    scaled = np.asarray(Image.fromarray(ink.astype(np.float32)).resize((wide, high), way), dtype=np.float64)
    return np.clip(scaled / scaled.max(), 0, 1)


def centred(box: np.ndarray) -> np.ndarray:
    """In 28×28 with its centre of mass in the middle, to the nearest pixel, and never over the edge."""
    high, wide = box.shape
    y, x = (int(np.clip(round(CENTRE - at), 0, SIDE - n)) for at, n in zip(centre_of_mass(box), box.shape, strict=True))
    field = np.zeros((SIDE, SIDE))
    field[y : y + high, x : x + wide] = box
    return np.rint(255 * field).astype(np.uint8)


def centre_of_mass(pixels: np.ndarray) -> tuple[float, float]:
    y, x = np.indices(pixels.shape)
    return float((y * pixels).sum() / pixels.sum()), float((x * pixels).sum() / pixels.sum())
