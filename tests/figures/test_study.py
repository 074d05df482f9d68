import numpy as np
import pytest

from mnist_exp.figures.study import Arm, PairMatrix, against_time, heat_map, pairs, ranked
from mnist_exp.figures.style import STUDY
from tests.figures.layout import extents

NETWORKS = {
    "mlp": [Arm("relu", "relu", 97.6, 97.5, 97.7, 2.0), Arm("mish", "mish", 97.8, 97.6, 98.0, 3.0)],
    "cnn": [Arm("relu", "relu", 99.3, 99.2, 99.4, 20.0)],
}


def texts(panel):
    return [text.get_text() for text in panel.texts]


def test_the_heat_map_has_a_scale_of_shades_for_each_network():
    means = np.array([[99.0, 97.0], [99.4, np.nan]])
    (panel,) = heat_map(["relu", "mish"], ["cnn", "mlp"], means, [["a", "b"], ["c", ""]]).axes
    assert [label.get_text() for label in panel.get_xticklabels()] == ["cnn", "mlp"]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["relu", "mish"]
    shade = panel.get_images()[0].get_array()
    assert shade[:, 0].tolist() == pytest.approx([0, 1])
    assert shade.mask.tolist() == [[False, False], [False, True]]
    assert texts(panel) == ["a", "b", "c", ""]


def test_a_long_name_leaves_room_for_the_title_of_the_heat_map():
    figure = heat_map(["relu channels=[24] filters=16"], ["cnn_quick"], np.array([[99.0]]), [["99.00"]])
    (title,), _ = extents(figure)
    assert 0 <= title.x0 < title.x1 <= 1


def test_ranks_have_the_best_at_the_top_and_their_intervals():
    panels = {panel.get_title(): panel for panel in ranked(NETWORKS).axes}
    assert set(panels) == {"mlp", "cnn"}
    assert [label.get_text() for label in panels["mlp"].get_yticklabels()] == ["relu", "mish"]
    interval, mean = panels["cnn"].get_lines()
    assert (list(interval.get_xdata()), list(mean.get_xdata())) == ([99.2, 99.4], [99.3])
    assert mean.get_color() == STUDY["relu"]


def test_pairs_with_a_difference_are_filled_and_equivalent_ones_are_marked():
    differences = np.array([[np.nan, 0.5], [-0.5, np.nan]])
    yes, no = np.array([[False, True], [True, False]]), np.zeros((2, 2), dtype=bool)
    panel = pairs({"cnn": PairMatrix(["mish", "relu"], differences, yes, no)}).axes[0]
    assert texts(panel) == ["+0.50", "-0.50"]
    assert texts(pairs({"cnn": PairMatrix(["mish", "relu"], differences, no, yes)}).axes[0]) == ["+0.50\n=", "-0.50\n="]
    filled = panel.get_images()[0].get_array()
    assert (filled[0, 1], filled[1, 0], filled.mask[0, 0]) == (1, -1, True)


def test_each_arm_is_a_point_against_time_and_each_activation_once_in_the_legend():
    figure = against_time(NETWORKS)
    points = [list(plotted.get_xydata()[0]) for plotted in figure.axes[0].get_lines()]
    assert points == [[2.0, 97.6], [3.0, 97.8], [20.0, 99.3]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["relu", "mish"]
