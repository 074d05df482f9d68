"""Digits are found and prepared as those of MNIST were."""

import numpy as np
import pytest
from PIL import Image

from mnist_exp.data.datasets import load
from mnist_exp.digits.handwriting import BOX, SIDE, centre, centre_of_mass, find_digits, scale_to_box, thicken
from mnist_exp.digits.ink import separate_ink
from tests.digits.strokes import draw, mean_difference
from tests.factories import data_config


def only_digit(grey):
    (digit,) = find_digits(np.asarray(grey, dtype=float), several=False)
    return digit


@pytest.mark.slow
def test_mnists_own_digits_are_hardly_changed():
    """They were prepared like this before."""
    _, test = load(data_config())
    changes = [np.abs(only_digit(image).pixels.astype(float) - image).mean() for image in test.images[:200]]
    assert np.median(changes) < 1  # of 255, over all pixels
    assert np.quantile(changes, 0.95) < 5  # a few contain dust


@pytest.mark.slow
def test_enlarged_digits_are_reduced_to_the_originals():
    _, test = load(data_config())
    enlarged = [Image.fromarray(image).resize((336, 336), Image.Resampling.BICUBIC) for image in test.images[:50]]
    differences = [
        mean_difference(only_digit(large).pixels, image) for large, image in zip(enlarged, test.images, strict=False)
    ]
    assert np.mean(differences) < 12
    assert max(differences) < 20  # two different fives differ more than this


def test_the_centre_of_mass_equals_a_worked_example():
    """Weights 1, 1 and 2 in the corners of a right angle: (0·1 + 0·1 + 3·2) / 4 down, (0·1 + 2·1 + 0·2) / 4 across."""
    pixels = np.zeros((4, 3))
    pixels[0, 0], pixels[0, 2], pixels[3, 0] = 1, 1, 2
    assert centre_of_mass(pixels) == (1.5, 0.5)


def test_the_centre_of_mass_is_moved_to_pixel_14():
    box = np.zeros((20, 6))
    box[:, 1] = 1  # centre of mass: row 9.5, column 1
    field = centre(box)
    assert (field.shape, field.dtype, field.max()) == ((28, 28), np.uint8, 255)
    assert np.flatnonzero(field.any(0)).tolist() == [14]
    assert np.flatnonzero(field.any(1)).tolist() == list(range(4, 24))  # 14 - 9.5 = 4.5, to the even 4


def test_an_asymmetric_digit_is_not_cropped():
    box = np.zeros((20, 20))
    box[0, 0], box[19, 19] = 1, 0.01  # its centre of mass is near a corner
    assert np.count_nonzero(centre(box)) == 2


def test_the_longer_side_becomes_20_pixels_and_the_other_in_proportion():
    assert scale_to_box(np.ones((300, 150))).shape == (BOX, 10)
    assert scale_to_box(np.ones((5, 10))).shape == (10, BOX)
    assert scale_to_box(np.ones((500, 1))).shape == (BOX, 1)


@pytest.mark.parametrize("size", [12, 28, 100, 700, 2500])
def test_images_of_any_size_give_the_same_digit(size):
    three = Image.fromarray(draw(3, pen=24)).resize((size, size), Image.Resampling.BOX)
    tolerance = 25 if size == 12 else 10
    assert mean_difference(only_digit(three).pixels, only_digit(draw(3, pen=24)).pixels) < tolerance


def test_dark_on_light_equals_light_on_dark():
    seven = draw(7, pen=24)
    assert np.array_equal(only_digit(255 - seven).pixels, only_digit(seven).pixels)


def test_a_tightly_cropped_digit_keeps_its_polarity():
    seven = draw(7, pen=24)
    rows, columns = np.flatnonzero(seven.any(1)), np.flatnonzero(seven.any(0))
    cut = seven[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert np.array_equal(only_digit(cut).pixels, only_digit(255 - cut).pixels)
    assert mean_difference(only_digit(cut).pixels, only_digit(seven).pixels) < 2


@pytest.mark.parametrize("faint", [1.0, 0.5, 0.25])
def test_uneven_light_and_noise_do_not_change_the_digit(faint):
    """A photograph: paper from 230 in one corner to 110 in the other, darker than pencil in the first."""
    rng = np.random.default_rng(0)
    y, x = np.indices((280, 280)) / 560
    paper = 230 - 120 * (x + y) + rng.normal(0, 3, (280, 280))
    photo = paper * (1 - faint * draw(5, pen=22) / 255)
    assert mean_difference(only_digit(photo).pixels, only_digit(draw(5, pen=22)).pixels) < 8


@pytest.mark.parametrize("pen", [2, 4, 8])
def test_thin_strokes_are_thickened(pen):
    """Two pixels of 190 would otherwise become a fifth of a pixel of 20."""
    pixels = only_digit(draw(7, pen)).pixels
    assert pixels.max() == 255
    assert pixels.sum() > 0.6 * only_digit(draw(7, 24)).pixels.sum()


def test_broad_strokes_are_unchanged():
    ink = separate_ink(draw(7, 30).astype(float))
    assert thicken(ink) is ink


WITHOUT_DIGITS = {
    "black": np.zeros((100, 100)),
    "white": np.full((100, 100), 255.0),
    "one pixel": np.full((1, 1), 7.0),
    "a line of pixels": np.full((1, 50), 7.0),
    "faint": 200 + 10 * (draw(4, 24) > 0),
    "noise": np.random.default_rng(0).normal(128, 8, (200, 200)),
    "strong noise": np.random.default_rng(1).normal(128, 40, (200, 200)),
    "static": np.random.default_rng(2).uniform(0, 255, (200, 200)),
    "a gradient": np.linspace(60, 220, 200)[None].repeat(200, 0),
    "black dots": np.where(np.random.default_rng(3).random((200, 200)) < 0.02, 0.0, 255.0),
}


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("grey", WITHOUT_DIGITS.values(), ids=WITHOUT_DIGITS)
def test_no_digit_is_found_where_there_is_none(grey, several):
    assert find_digits(grey, several) == []


def test_dust_is_ignored():
    seven = draw(7, pen=24)
    dusty = seven.copy()
    dusty[5:9, 5:9] = 255
    assert np.array_equal(only_digit(dusty).pixels, only_digit(seven).pixels)


def test_several_digits_are_found_from_left_to_right():
    digits = [4, 0, 7, 1]
    row = np.hstack([draw(d, pen=20) for d in digits])
    row[:, :140] = np.roll(row[:, :140], 15, 0)  # slightly lower than the others
    found = find_digits(row.astype(float), several=True)
    assert len(found) == 4
    lefts = [d.box[0] for d in found]
    assert lefts == sorted(lefts)
    assert [int(left * len(digits) / row.shape[1]) for left in lefts] == [0, 1, 2, 3]
    for digit, known in zip(found[1:], digits[1:], strict=True):
        assert mean_difference(digit.pixels, only_digit(draw(known, 20)).pixels) < 12


def test_the_box_is_in_pixels_of_the_original_image():
    page = np.zeros((900, 1200))
    page[300:440, 700:780] = 255
    assert only_digit(page).box == pytest.approx((700, 300, 80, 140), abs=3)  # the image is reduced by 3


def test_a_five_whose_bar_does_not_touch_is_one_digit():
    page = np.zeros((200, 300))
    page[20:30, 60:100] = 255  # the bar
    page[40:160, 50:90] = 255
    page[30:160, 180:220] = 255  # another digit
    boxes = [digit.box for digit in find_digits(page, several=True)]
    assert [(x, y) for x, y, *_ in boxes] == [(50, 20), (180, 30)]


def test_prepared_digits_have_mnists_format():
    digit = only_digit(draw(8, 20))
    assert (digit.pixels.shape, digit.pixels.dtype, digit.pixels.max()) == ((SIDE, SIDE), np.uint8, 255)
    extent = [np.ptp(np.flatnonzero(digit.pixels.any(axis))) + 1 for axis in (0, 1)]
    assert max(extent) == BOX


@pytest.mark.parametrize("share", [1, 0.75, 0.58, 0.52])
def test_a_fainter_digit_in_a_row_is_found(share):
    row = np.full((100, 300), 255.0)
    for left, ink in ((40, 1), (140, share), (240, 1)):
        row[20:80, left : left + 12] -= 255 * ink
    found = find_digits(row, several=True)
    assert [digit.box[0] for digit in found] == pytest.approx([40, 140, 240], abs=2)
    assert [digit.pixels.max() for digit in found] == [255] * 3


@pytest.mark.slow
def test_a_long_row_is_not_reduced_too_much():
    """28 digits in an image of 5,600×200 are prepared like each of them alone."""
    digits = [draw(d % 10, 16, side=200) for d in range(28)]
    found = find_digits(255.0 - np.hstack(digits), several=True)
    assert len(found) == 28
    alone = [only_digit(255.0 - digit) for digit in digits]
    assert max(mean_difference(a.pixels, b.pixels) for a, b in zip(found, alone, strict=True)) < 12
