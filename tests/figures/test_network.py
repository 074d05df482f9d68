import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mnist_exp.figures.network import dense_weights, feature_maps, filters, gallery


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
def test_each_image_has_a_caption(n):
    figure = gallery([np.full((28, 28), i) for i in range(n)], [f"no {i}" for i in range(n)], "some digits")
    assert [text.get_text() for text in figure.axes[0].texts] == [f"no {i}" for i in range(n)]


def test_colour_filters_share_one_scale_with_zero_in_mid_grey():
    weights = np.zeros((9, 3, 3, 3))
    weights[0, 1, 1] = [2.0, 0.0, -1.0]
    panel = filters(weights).axes[0]
    drawn = np.asarray(panel.get_images()[0].get_array())
    assert drawn.shape == (7, 31, 4)
    assert drawn[1, 1].tolist() == [1.0, 0.5, 0.25, 1.0]
    assert drawn[0, 0].tolist() == [0.5, 0.5, 0.5, 1.0]
    assert drawn[3, 0, 3] == 0  # the gap is transparent
    assert "9 filters" in panel.get_title()


def test_dense_weights_of_colour_pixels_are_drawn_as_colours():
    weights = np.zeros((3, 6, 5, 3))
    weights[2, ..., 0] = -1.0
    drawn = np.asarray(dense_weights(weights).axes[0].get_images()[0].get_array())
    assert (drawn[:6, :5] == [0, 0.5, 0.5, 1]).all()


def test_feature_maps_are_beside_images_in_colour():
    images, maps = np.full((2, 6, 4, 3), (255, 0, 51), dtype=np.uint8), np.zeros((2, 9, 3, 2))
    left, right = feature_maps(images, maps, "conv1").axes
    drawn = np.asarray(left.get_images()[0].get_array())
    assert drawn.shape == (13, 4, 4)
    assert drawn[0, 0].tolist() == pytest.approx([1, 0, 0.2, 1])
    assert right.get_title().startswith("conv1: 9 of 9 channels")


@pytest.mark.parametrize("size", [(32, 32), (20, 40), (40, 20)])
def test_captions_and_title_of_a_colour_gallery_are_inside_the_figure_and_apart(size):
    images = [np.zeros((*size, 3), dtype=np.uint8)] * 24
    captions = ["container s…\nas container s…: 100%"] * 24
    figure = gallery(images, captions, "the most confident of 24 mistakes: true class as predicted class")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    panel = figure.axes[0]
    parts = [text.get_window_extent(canvas.get_renderer()) for text in (*panel.texts, panel.title)]
    assert all(part.x0 >= 0 and part.x1 <= figure.bbox.x1 and part.y1 <= figure.bbox.y1 for part in parts)
    assert not any(one.overlaps(other) for i, one in enumerate(parts) for other in parts[:i])
