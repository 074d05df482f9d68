import numpy as np
import pytest

from mnist_exp.figures.quality import calibration, calibration_bins, confusion, expected_calibration_error


def test_confusion_shows_counts_and_percent_of_each_row():
    counts, percent = confusion(np.array([[8, 2], [0, 5]])).axes
    assert [text.get_text() for text in counts.texts] == ["8", "2", "5"]
    assert [text.get_text() for text in percent.texts] == ["80.0", "20.0", "100.0"]
    assert (counts.get_xlabel(), counts.get_ylabel()) == ("predicted class", "true class")


def test_the_calibration_error_of_a_worked_example():
    """Two predictions at 0.95, one right; two at 0.55, both right: half · |0.5 − 0.95| + half · |1 − 0.55| = 0.45."""
    bins = calibration_bins(np.array([0.95, 0.95, 0.55, 0.55]), np.array([True, False, True, True]))
    assert bins == [(pytest.approx(0.55), 1.0, 2), (pytest.approx(0.95), 0.5, 2)]
    assert expected_calibration_error(bins) == pytest.approx(0.45)


def test_a_confidence_of_one_is_in_the_last_bin():
    assert calibration_bins(np.array([1.0]), np.array([True])) == [(1.0, 1.0, 1)]


def test_the_calibration_curve_is_drawn_with_the_diagonal():
    reliability, counts = calibration(np.array([0.95, 0.55]), np.array([True, False])).axes
    diagonal, curve = reliability.get_lines()
    assert list(diagonal.get_ydata()) == [0, 1]
    assert list(curve.get_ydata()) == [0.0, 1.0]
    assert [bar.get_height() for bar in counts.patches] == [1, 1]
