"""How good the answers are: confusion, calibration."""

import numpy as np
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes


def confusion(matrix: np.ndarray) -> Figure:
    """Counts, and shares of each row: truth down, answers across."""
    figure, places = axes(1, 2, 11, 4.9)
    shares = 100 * matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    for place, values, form, title in zip(
        places, (matrix, shares), ("{:.0f}", "{:.1f}"), ("counts", "percent of each digit"), strict=True
    ):
        mistakes = np.where(np.eye(len(values), dtype=bool), 0, values)
        place.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(float(mistakes.max()), 1e-9))
        for (row, column), value in np.ndenumerate(values):
            if value:
                strong = mistakes[row, column] > 0.6 * mistakes.max()
                place.text(
                    column,
                    row,
                    form.format(value),
                    ha="center",
                    va="center",
                    fontsize=7,
                    color="white" if strong else "black",
                )
        place.set_xticks(range(len(values)))
        place.set_yticks(range(len(values)))
        place.set_xlabel("answer")
        place.set_ylabel("truth")
        place.set_title(f"{title}; mistakes shaded")
    return figure


def calibration_bins(confidence: np.ndarray, correct: np.ndarray, bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean confidence, accuracy and number of answers in each of so many equal slices of confidence; no empty ones."""
    slot = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (float(confidence[slot == b].mean()), float(correct[slot == b].mean()), int((slot == b).sum()))
        for b in range(bins)
        if (slot == b).any()
    ]


def expected_calibration_error(bins: list[tuple[float, float, int]]) -> float:
    """How far accuracy is from confidence, slice by slice, weighed by their numbers (Naeini et al. 2015)."""
    total = sum(n for *_, n in bins)
    return sum(n * abs(accuracy - confidence) for confidence, accuracy, n in bins) / total


def calibration(confidence: np.ndarray, correct: np.ndarray) -> Figure:
    """Is an answer given with 80 % right in 80 % of cases? Above the diagonal: too modest; below: too sure."""
    bins = calibration_bins(confidence, correct)
    figure, (curve, counts) = axes(2, 1, 4.6, 5.2, sharex=True, height_ratios=(3, 1))
    curve.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=0.8)
    curve.plot([c for c, *_ in bins], [a for _, a, _ in bins], marker="o", color="#0072B2")
    curve.set_ylabel("share that is right")
    curve.set_title(f"calibration: expected error {100 * expected_calibration_error(bins):.2f} points")
    counts.bar([c for c, *_ in bins], [n for *_, n in bins], width=0.05, color="#56B4E9")
    counts.set_yscale("log")
    counts.set_ylabel("images")
    counts.set_xlabel("confidence of the answer")
    return figure
