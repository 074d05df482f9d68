"""How good a network's predictions are: confusion matrix and calibration."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_exp.figures.style import axes, shortened

TWO_PANELS = 20  # with more classes there is room for percentages alone
MOST_NUMBERS, MOST_NAMES = 64, 100  # classes: with more, no numbers are written, or only some of the names
NAME_LENGTH = 16  # longer names of classes are cut


def confusion(matrix: np.ndarray, classes: Sequence[str]) -> Figure:
    """Counts, and percent of each row. Rows are true classes, columns predicted classes.

    With more than 20 classes, percent only, and values below half a percent are shaded but not written.
    """
    shares = 100 * matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    names = [shortened(name, NAME_LENGTH) for name in classes]
    room = 0.065 * max(map(len, names))  # inches for the names beside each axis
    if len(names) > TWO_PANELS:
        side = min(0.21 * len(names), 14) + room + 0.5
        figure, (percent,) = axes(1, 1, side, side)
        _draw_matrix(percent, shares, "{:.0f}", "percent of each true class; errors shaded", names)
        return figure
    side = max(0.43 * len(names), 3.4) + room + 0.5
    figure, (counts, percent) = axes(1, 2, 2 * side, side)
    _draw_matrix(counts, matrix, "{:.0f}", "counts; errors shaded", names)
    _draw_matrix(percent, shares, "{:.1f}", "percent of each true class; errors shaded", names)
    return figure


def _draw_matrix(panel: Axes, values: np.ndarray, number_format: str, title: str, names: Sequence[str]) -> None:
    errors = np.where(np.eye(len(values), dtype=bool), 0, values)
    # A fixed aspect would make the layout cut off the title.
    panel.imshow(errors, cmap="Oranges", vmin=0, vmax=max(float(errors.max()), 1e-9), aspect="auto")
    if len(names) <= MOST_NUMBERS:
        _write_numbers(panel, values, errors, number_format, 7 if len(names) <= TWO_PANELS else 5.5)
    shown = range(0, len(names), -(-len(names) // MOST_NAMES))
    short = max(map(len, names)) <= 2
    panel.set_xticks(shown, [names[i] for i in shown], rotation=0 if short else 90)
    panel.set_yticks(shown, [names[i] for i in shown])
    panel.tick_params(labelsize=9 if len(names) <= TWO_PANELS else 7)
    panel.set_xlabel("predicted class")
    panel.set_ylabel("true class")
    panel.set_title(title)


def _write_numbers(panel: Axes, values: np.ndarray, errors: np.ndarray, number_format: str, size: float) -> None:
    """Write the values that are not zero when rounded."""
    zero = number_format.format(0)
    for (row, column), value in np.ndenumerate(values):
        if value and (text := number_format.format(value)) != zero:
            colour = "white" if errors[row, column] > 0.6 * errors.max() else "black"
            panel.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)


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
