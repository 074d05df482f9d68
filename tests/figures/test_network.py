import numpy as np
import pytest

from mnist_exp.figures.network import dense_weights, digits, feature_maps, filters


def shown(place):
    return np.asarray(place.get_images()[0].get_array().filled(np.nan))


def test_filters_share_one_scale_around_zero():
    weights = np.zeros((9, 3, 3))
    weights[8, 1, 1] = -2.0
    place = filters(weights).axes[0]
    assert place.get_images()[0].get_clim() == (-2, 2)
    assert shown(place).shape == (2 * 3 + 1, 8 * 3 + 7)  # nine filters: two rows of eight
    assert shown(place)[4 + 1, 1] == -2.0
    assert "9 filters" in place.get_title()


def test_dense_weights_are_those_of_the_strongest_units():
    weights = np.zeros((50, 28, 28))
    weights[49] = 1.0
    place = dense_weights(weights).axes[0]
    assert (shown(place)[:28, :28] == 1.0).all()
    assert "40 of 50 units" in place.get_title()


def test_feature_maps_have_a_row_an_image_and_a_column_a_channel():
    images, maps = np.zeros((10, 28, 28)), np.zeros((10, 20, 5, 5))
    maps[3, 2] = 7.0
    seen, answers = feature_maps(images, maps, "conv2").axes
    assert shown(seen).shape == (10 * 29 - 1, 28)
    assert shown(answers).shape == (10 * 6 - 1, 16 * 6 - 1)
    assert (shown(answers)[18:23, 12:17] == 7.0).all()
    assert answers.get_title().startswith("conv2: 16 of 20 channels")


@pytest.mark.parametrize("n", [0, 9])
def test_a_gallery_has_a_caption_for_each_digit(n):
    figure = digits([np.full((28, 28), i) for i in range(n)], [f"no {i}" for i in range(n)], "some digits")
    assert [text.get_text() for text in figure.axes[0].texts] == [f"no {i}" for i in range(n)]
