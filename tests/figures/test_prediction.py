import numpy as np

from mnist_exp.figures.prediction import LARGE, beside


def test_each_picture_stands_beside_what_was_seen_of_it():
    pictures = [np.full((100, 300), 255.0), np.zeros((3 * LARGE, 10))]
    seen = [[np.full((28, 28), digit) for digit in (10, 20)], []]
    figure = beside(
        pictures, seen, [[(5, 6, 20, 30), (40, 6, 20, 30)], []], ["code.png: 47", "blank.png: no digit found"]
    )
    first, digits, second, nothing = figure.axes
    assert (first.get_title("left"), second.get_title("left")) == ("code.png: 47", "blank.png: no digit found")
    frames = [(line.get_xdata().min(), line.get_xdata().max(), line.get_ydata().max()) for line in first.lines]
    assert frames == [(5, 25, 36), (40, 60, 36)]
    assert digits.images[0].get_array().shape == (28, 57)  # two of 28 and a gap
    assert second.images[0].get_array().shape[0] == LARGE  # a huge picture is not drawn pixel by pixel
    assert second.images[0].get_extent() == [0, 10, 3 * LARGE, 0]
    assert len(nothing.images) == 0
