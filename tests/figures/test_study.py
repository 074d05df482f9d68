import numpy as np

from mnist_exp.figures.panels import TWO_COLUMNS
from mnist_exp.figures.study import Arm, PairMatrix, against_time, heat_map, pairs, ranked
from mnist_exp.figures.style import STUDY
from tests.figures.layout import extents

NETWORKS = {
    "mlp": [Arm("relu", "relu", 97.6, 97.5, 97.7, 2.0), Arm("mish", "mish", 97.8, 97.6, 98.0, 3.0)],
    "cnn": [Arm("relu", "relu", 99.3, 99.2, 99.4, 20.0)],
}


def texts(panel):
    return [text.get_text() for text in panel.texts]


def test_only_arms_that_are_shown_to_be_worse_are_paler_in_the_heat_map():
    near, far = (Arm(name, name, mean, mean, mean, 1.0) for name, mean in (("tanh", 97.7), ("sigmoid", 90.0)))
    arms = [*NETWORKS["mlp"], near, far]
    (panel,) = heat_map({"mlp": arms, "cnn": NETWORKS["cnn"]}, {"mlp": ["tanh", "sigmoid"]}).axes
    assert [label.get_text() for label in panel.get_xticklabels()] == ["mlp", "cnn"]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["relu", "mish", "tanh", "sigmoid"]
    shades = panel.get_images()[0].get_array()
    relu, mish, tanh, sigmoid = shades[:, 0]
    assert relu == mish > tanh > sigmoid
    assert shades[0, 1] == relu
    assert shades.mask[:, 1].tolist() == [False, True, True, True]
    assert texts(panel)[:1] == ["97.60\n97.50 to 97.70"]


def test_a_heat_map_of_many_networks_has_numbers_alone_and_two_columns():
    networks = {f"mlp {depth}×100": NETWORKS["mlp"] for depth in range(2, 12)}
    figure = heat_map(networks, {})
    assert figure.get_size_inches()[0] == TWO_COLUMNS
    assert set(texts(figure.axes[0])) == {"97.60", "97.80"}


def test_a_long_name_leaves_room_for_the_title_of_the_heat_map():
    arm = Arm("relu channels=[24] filters=16", "relu", 99.0, 99.0, 99.0, 1.0)
    (title,), _ = extents(heat_map({"cnn_quick": [arm]}, {}))
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


def test_many_arms_have_pairs_without_numbers():
    names, no = [f"activation{i}" for i in range(25)], np.zeros((25, 25), dtype=bool)
    figure = pairs({"cnn": PairMatrix(names, np.ones((25, 25)), no, no)})
    assert (texts(figure.axes[0]), figure.get_size_inches()[0]) == ([], TWO_COLUMNS)


def test_a_difference_that_is_zero_when_rounded_is_never_negative():
    no = np.zeros((2, 2), dtype=bool)
    differences = np.array([[np.nan, 0.001], [-0.001, np.nan]])
    assert texts(pairs({"cnn": PairMatrix(["a", "b"], differences, no, no)}).axes[0]) == ["+0.00", "+0.00"]


def test_each_arm_is_a_point_against_time_on_its_network_and_once_in_the_legend():
    figure = against_time(NETWORKS)
    points = {
        panel.get_title(): [list(plotted.get_xydata()[0]) for plotted in panel.get_lines()] for panel in figure.axes
    }
    assert points == {"mlp": [[2.0, 97.6], [3.0, 97.8]], "cnn": [[20.0, 99.3]]}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["relu", "mish"]
