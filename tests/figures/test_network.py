import numpy as np
import pytest

from mnist_exp.figures.network import dense_weights, digits, feature_maps, filters


def pixels(panel):
    """The image in a panel, with NaN in the gaps."""
    return np.asarray(panel.get_images()[0].get_array().filled(np.nan))


def test_filters_share_one_scale_with_zero_in_the_middle():
    weights = np.zeros((9, 3, 3))
    weights[8, 1, 1] = -2.0
    panel = filters(weights).axes[0]
    assert panel.get_images()[0].get_clim() == (-2, 2)
    assert pixels(panel).shape == (2 * 3 + 1, 8 * 3 + 7)  # nine filters: two rows of eight
    assert pixels(panel)[4 + 1, 1] == -2.0
    assert "9 filters" in panel.get_title()


def test_dense_weights_are_those_of_the_units_with_the_largest_norms():
    weights = np.zeros((50, 28, 28))
    weights[49] = 1.0
    panel = dense_weights(weights).axes[0]
    assert (pixels(panel)[:28, :28] == 1.0).all()
    assert "40 of 50 units" in panel.get_title()


def test_feature_maps_have_a_row_per_image_and_a_column_per_channel():
    images, maps = np.zeros((10, 28, 28)), np.zeros((10, 20, 5, 5))
    maps[3, 2] = 7.0
    left, right = feature_maps(images, maps, "conv2").axes
    assert pixels(left).shape == (10 * 29 - 1, 28)
    assert pixels(right).shape == (10 * 6 - 1, 16 * 6 - 1)
    assert (pixels(right)[18:23, 12:17] == 7.0).all()
    assert right.get_title().startswith("conv2: 16 of 20 channels")


@pytest.mark.parametrize("n", [0, 9])
def test_each_digit_has_a_caption(n):
    figure = digits([np.full((28, 28), i) for i in range(n)], [f"no {i}" for i in range(n)], "some digits")
    assert [text.get_text() for text in figure.axes[0].texts] == [f"no {i}" for i in range(n)]
