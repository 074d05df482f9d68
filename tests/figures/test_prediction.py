import numpy as np

from mnist_exp.figures.prediction import LONGEST_SIDE, beside


def test_a_colour_picture_is_beside_its_input_in_colour():
    picture, pixels = np.full((50, 80, 3), 200, dtype=np.uint8), np.full((32, 32, 3), 51, dtype=np.uint8)
    left, right = beside([picture], [[pixels]], [[(0, 0, 80, 50)]], ["photo.png: cat"]).axes
    assert left.images[0].get_array().shape == (50, 80, 3)
    assert np.allclose(right.images[0].get_array()[0, 0], [0.2, 0.2, 0.2, 1])


def test_each_image_is_beside_the_digits_found_in_it():
    images = [np.full((100, 300), 255.0), np.zeros((3 * LONGEST_SIDE, 10))]
    digits = [[np.full((28, 28), digit) for digit in (10, 20)], []]
    boxes = [[(5, 6, 20, 30), (40, 6, 20, 30)], []]
    figure = beside(images, digits, boxes, ["code.png: 47", "blank.png: no digit found"])
    first, first_digits, second, second_digits = figure.axes
    assert (first.get_title("left"), second.get_title("left")) == ("code.png: 47", "blank.png: no digit found")
    frames = [(line.get_xdata().min(), line.get_xdata().max(), line.get_ydata().max()) for line in first.lines]
    assert frames == [(5, 25, 36), (40, 60, 36)]
    assert first_digits.images[0].get_array().shape == (28, 57)  # two of 28 and a gap
    assert second.images[0].get_array().shape[0] == LONGEST_SIDE  # a large image is thinned out
    assert second.images[0].get_extent() == [0, 10, 3 * LONGEST_SIDE, 0]
    assert len(second_digits.images) == 0
