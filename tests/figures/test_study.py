import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mnist_exp.figures.study import Arm, against_time, by_layer, heat_map, overlaid, pairs, ranked
from mnist_exp.figures.style import STUDY, svg

GROUPS = {
    "mlp": [Arm("relu", "relu", 97.6, 97.5, 97.7, 2.0), Arm("mish", "mish", 97.8, 97.6, 98.0, 3.0)],
    "cnn": [Arm("relu", "relu", 99.3, 99.2, 99.4, 20.0)],
}


def texts(place):
    return [text.get_text() for text in place.texts]


def test_the_heat_map_shades_each_network_by_itself():
    means = np.array([[99.0, 97.0], [99.4, np.nan]])
    (place,) = heat_map(["relu", "mish"], ["cnn", "mlp"], means, [["a", "b"], ["c", ""]]).axes
    assert [label.get_text() for label in place.get_xticklabels()] == ["cnn", "mlp"]
    assert [label.get_text() for label in place.get_yticklabels()] == ["relu", "mish"]
    shade = place.get_images()[0].get_array()
    assert shade[:, 0].tolist() == pytest.approx([0, 1])
    assert shade.mask.tolist() == [[False, False], [False, True]]
    assert texts(place) == ["a", "b", "c", ""]


def extents(figure):
    """In parts of the figure: where its title and legends lie, and its panels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    words = [*figure.legends, *([figure._suptitle] if figure._suptitle else [])]
    inverse = figure.transFigure.inverted()
    found = [part.get_window_extent(canvas.get_renderer()).transformed(inverse) for part in words]
    return found, [place.get_position() for place in figure.axes]


def test_long_names_take_no_room_from_what_they_name():
    name = "relu channels=[24] filters=16"
    drawn = heat_map([name], ["cnn_quick"], np.array([[99.0]]), [["99.00"]])
    (title,), _ = extents(drawn)
    assert 0 <= title.x0 < title.x1 <= 1
    (legend,), (place,) = extents(overlaid({"cnn_quick": {name: [(1, 0.5), (2, 0.6)]}}, "epoch", "accuracy, %"))
    assert legend.x1 <= 1
    assert place.width > 0.25


def test_ranks_go_from_the_bottom_up_with_their_intervals():
    figure = ranked(GROUPS)
    panels = {place.get_title(): place for place in figure.axes}
    assert set(panels) == {"mlp", "cnn"}
    assert [label.get_text() for label in panels["mlp"].get_yticklabels()] == ["relu", "mish"]
    interval, dot = panels["cnn"].get_lines()
    assert (list(interval.get_xdata()), list(dot.get_xdata())) == ([99.2, 99.4], [99.3])
    assert dot.get_color() == STUDY["relu"]


def test_pairs_are_filled_where_they_are_significant():
    differences = np.array([[np.nan, 0.5], [-0.5, np.nan]])
    significant = np.array([[False, True], [True, False]])
    place = pairs({"cnn": (["mish", "relu"], differences, significant)}).axes[0]
    assert texts(place) == ["+0.50", "-0.50"]
    filled = place.get_images()[0].get_array()
    assert (filled[0, 1], filled[1, 0], filled.mask[0, 0]) == (1, -1, True)


def test_each_arm_is_a_point_in_time_named_once():
    figure = against_time(GROUPS)
    points = [list(drawn.get_xydata()[0]) for drawn in figure.axes[0].get_lines()]
    assert points == [[2.0, 97.6], [3.0, 97.8], [20.0, 99.3]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["relu", "mish"]


def test_curves_lie_over_each_other_network_by_network():
    figure = overlaid(
        {"cnn": {"relu": [(1, 0.5), (2, 0.6)], "mish": [(1, 0.7)]}, "mlp": {"relu": [(1, 0.1)]}}, "x", "y"
    )
    panels = {place.get_title(): place for place in figure.axes}
    assert [drawn.get_label() for drawn in panels["cnn"].get_lines()] == ["relu", "mish"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["relu", "mish"]


def test_what_is_nothing_has_no_place_on_a_logarithmic_axis():
    (place,) = by_layer({"mlp": {"relu": {"dense1": 0.1, "dense2": 0.0}}}, "gradient norm", log=True).axes
    (drawn,) = place.get_lines()
    assert np.isnan(drawn.get_ydata()[1])
    assert place.get_yscale() == "log"


def test_in_a_page_a_figure_has_its_words_takes_the_pages_colour_and_keeps_its_ids_apart():
    first, second = (svg(ranked(GROUPS), name, 'ranks & "more"') for name in ("a", "b"))
    assert first.startswith('<svg role="img" aria-label="ranks &amp; &quot;more&quot;" ')
    assert "stroke: #000000" not in first
    assert "stroke: currentColor" in first
    assert first == svg(ranked(GROUPS), "a", 'ranks & "more"')
    assert first != second
