"""How good a network's predictions are: confusion matrix and calibration."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes


def confusion(matrix: np.ndarray) -> Figure:
    """Counts, and percent of each row. Rows are true classes, columns predicted classes."""
    figure, (counts, percent) = axes(1, 2, 11, 4.9)
    shares = 100 * matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    _draw_matrix(counts, matrix, "{:.0f}", "counts; errors shaded")
    _draw_matrix(percent, shares, "{:.1f}", "percent of each true class; errors shaded")
    return figure


def _draw_matrix(panel: Axes, values: np.ndarray, number_format: str, title: str) -> None:
    errors = np.where(np.eye(len(values), dtype=bool), 0, values)
    panel.imshow(errors, cmap="Oranges", vmin=0, vmax=max(float(errors.max()), 1e-9))
    for (row, column), value in np.ndenumerate(values):
        if value:
            colour = "white" if errors[row, column] > 0.6 * errors.max() else "black"
            text = number_format.format(value)
            panel.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
    panel.set_xticks(range(len(values)))
    panel.set_yticks(range(len(values)))
    panel.set_xlabel("predicted class")
    panel.set_ylabel("true class")
    panel.set_title(title)


def calibration_bins(confidence: np.ndarray, correct: np.ndarray, bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean confidence, accuracy and number of predictions in each bin of confidence; empty bins are left out."""
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (float(confidence[bin_of == b].mean()), float(correct[bin_of == b].mean()), int((bin_of == b).sum()))
        for b in range(bins)
        if (bin_of == b).any()
    ]


def expected_calibration_error(bins: list[tuple[float, float, int]]) -> float:
    """The mean distance of accuracy from confidence, weighted by the bins' sizes (Naeini et al. 2015)."""
    total = sum(n for *_, n in bins)
    return sum(n * abs(accuracy - confidence) for confidence, accuracy, n in bins) / total


def calibration(confidence: np.ndarray, correct: np.ndarray) -> Figure:
    """Accuracy against confidence. Above the diagonal the network is underconfident, below it is overconfident."""
    bins = calibration_bins(confidence, correct)
    figure, (reliability, counts) = axes(2, 1, 4.6, 5.2, sharex=True, height_ratios=(3, 1))
    reliability.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=0.8)
    reliability.plot([c for c, *_ in bins], [a for _, a, _ in bins], marker="o", color="#0072B2")
    reliability.set_ylabel("accuracy")
    reliability.set_title(f"calibration: expected error {100 * expected_calibration_error(bins):.2f} points")
    counts.bar([c for c, *_ in bins], [n for *_, n in bins], width=0.05, color="#56B4E9")
    counts.set_yscale("log")
    counts.set_ylabel("images")
    counts.set_xlabel("confidence of the prediction")
    return figure
