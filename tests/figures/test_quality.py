from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mnist_exp.figures.quality import calibration, calibration_bins, confusion, expected_calibration_error


def test_confusion_shows_counts_and_percent_of_each_row():
    counts, percent = confusion(np.array([[8, 2], [0, 5]]), ["cat", "dog"]).axes
    assert [text.get_text() for text in counts.texts] == ["8", "2", "5"]
    assert [text.get_text() for text in percent.texts] == ["80.0", "20.0", "100.0"]
    assert (counts.get_xlabel(), counts.get_ylabel()) == ("predicted class", "true class")
    for panel in (counts, percent):
        assert [text.get_text() for text in panel.get_xticklabels()] == ["cat", "dog"]
        assert [text.get_text() for text in panel.get_yticklabels()] == ["cat", "dog"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "classes",
    [
        [str(i) for i in range(10)],
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        [chr(ord("0") + i) for i in range(47)],
        ["a", "the name of a folder that is long enough to be cut"],
    ],
    ids=["digits", "fashion", "47 classes", "a long name"],
)
def test_names_and_titles_of_a_confusion_matrix_are_inside_the_figure_and_apart(classes):
    figure = confusion(np.full((len(classes), len(classes)), 10), classes)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer, inside = canvas.get_renderer(), figure.bbox.padded(1)
    for panel in figure.axes:
        for texts in ([*panel.get_xticklabels()], [*panel.get_yticklabels()]):
            boxes = [text.get_window_extent(renderer) for text in texts]
            assert not any(one.overlaps(other) for one, other in pairwise(boxes))
            others = [part.get_window_extent(renderer) for part in (panel.title, panel.xaxis.label, panel.yaxis.label)]
            assert all(inside.containsx(x) for box in boxes + others for x in (box.x0, box.x1))
            assert all(inside.containsy(y) for box in boxes + others for y in (box.y0, box.y1))


def test_many_classes_have_percent_alone_and_small_values_are_not_written():
    matrix = np.zeros((47, 47), dtype=int)
    np.fill_diagonal(matrix, 396)
    matrix[0, 1], matrix[2, 3] = 1, 3
    (percent,) = confusion(matrix, [str(i) for i in range(47)]).axes
    assert percent.get_title() == "percent of each true class; errors shaded"
    # 1 of 397 is not written, 3 of 399 is 1 %.
    assert sorted(text.get_text() for text in percent.texts) == ["1", *["100"] * 46, "99"]


def test_a_hundred_classes_are_drawn_without_numbers_and_with_some_of_the_names():
    (percent,) = confusion(np.eye(150, dtype=int), [f"class {i}" for i in range(150)]).axes
    assert [text.get_text() for text in percent.get_xticklabels()] == [f"class {i}" for i in range(0, 150, 2)]
    assert len(percent.texts) == 0


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
