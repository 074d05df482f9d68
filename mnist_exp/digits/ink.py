"""Separating ink from paper, whichever of them is dark, also under uneven light."""

import numpy as np

MIN_CONTRAST = 24  # grey levels of 255 by which ink differs from paper at least
MIN_CONTRAST_SDS = 5  # the same in standard deviations of the paper


def separate_ink(grey: np.ndarray) -> np.ndarray:
    """The amount of ink in each pixel, from 0 to 1; all 0 for an image that is empty or nearly uniform."""
    found = _find_paper(grey)
    if found is None:
        return np.zeros_like(grey)
    paper, lighting = found
    sign = 1 if (grey - lighting)[~paper].mean() > 0 else -1
    amount = sign * (grey - lighting)
    full = float(np.percentile(amount[~paper], 75))
    if full < max(MIN_CONTRAST, MIN_CONTRAST_SDS * float(amount[paper].std())):
        return np.zeros_like(grey)
    noise = 4 * _noise_level(amount, paper)
    ink: np.ndarray = np.clip((amount - noise) / (full - noise), 0, 1)
    return ink


def _find_paper(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Which pixels are paper, and the light on it; None if all pixels are equally light."""
    lighting = np.full_like(grey, np.median(grey))
    for _ in range(3):  # each round finds the paper, and the uneven light on it, more precisely
        light = (grey - lighting) > otsu_threshold(grey - lighting)
        if light.all() or not light.any():
            return None
        paper = light == _background_is_light(light)
        lighting = _fit_plane(grey, paper)
    return paper, lighting


def _noise_level(grey: np.ndarray, paper: np.ndarray) -> float:
    """The median difference of neighbouring paper pixels: 0 on clean paper, even where blurred ink reaches into it."""
    differences = np.abs(np.diff(grey, axis=1))[paper[:, 1:] & paper[:, :-1]]
    return float(np.median(differences)) if differences.size else 0.0


def otsu_threshold(grey: np.ndarray) -> float:
    """The grey level that separates the pixels into two classes with the largest variance between them (Otsu 1979)."""
    counts, edges = np.histogram(grey, bins=256)
    middle = (edges[:-1] + edges[1:]) / 2
    below = counts.cumsum()[:-1]
    above = counts.sum() - below
    total = (counts * middle).cumsum()
    between = below * above * (total[:-1] / below.clip(1) - (total[-1] - total[:-1]) / above.clip(1)) ** 2
    best = np.flatnonzero(between == between.max())  # several if there is a gap between the classes: take its middle
    return float(edges[1 + int(best.mean())])


def _background_is_light(light: np.ndarray) -> bool:
    """Whether most of the border is light; if the border is undecided, whether most of the image is."""
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]]).mean()
    return bool(border > 0.5 if abs(border - 0.5) > 0.1 else light.mean() > 0.5)


def _fit_plane(grey: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """The light on the paper: a plane fitted to the pixels that are paper."""
    y, x = np.indices(grey.shape) / max(grey.shape)
    terms = np.stack([np.ones_like(grey), x, y])
    known = terms * paper
    # The normal equations have three unknowns and take a tenth of the time of lstsq over all pixels.
    products, sums = np.einsum("iyx,jyx->ij", known, terms), np.einsum("iyx,yx->i", known, grey)
    plane: np.ndarray = np.einsum("i,iyx->yx", np.linalg.pinv(products) @ sums, terms)
    return plane
