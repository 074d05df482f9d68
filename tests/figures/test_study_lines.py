import numpy as np
import pytest

from mnist_exp.figures.study_lines import against_setting, by_layer, curves_by_network, predicted_by_layer
from mnist_exp.figures.style import NO_ACTIVATION_LINE, STUDY
from tests.figures.layout import extents


def legend_labels(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_curves_have_a_panel_per_network_and_one_legend():
    relu, mish = [(1, 0.5), (2, 0.6)], [(1, 0.7)]
    figure = curves_by_network({"cnn": {"relu": relu, "mish": mish}, "mlp": {"relu": [(1, 0.1)]}}, "x", "y")
    panels = {panel.get_title(): panel for panel in figure.axes}
    assert [plotted.get_label() for plotted in panels["cnn"].get_lines()] == ["relu", "mish"]
    assert [plotted.get_xydata().tolist() for plotted in panels["cnn"].get_lines()] == [
        [[1, 0.5], [2, 0.6]],
        [[1, 0.7]],
    ]
    assert (panels["cnn"].get_xlabel(), panels["cnn"].get_ylabel()) == ("x", "y")
    assert legend_labels(figure) == ["relu", "mish"]


def test_a_long_name_in_the_legend_leaves_room_for_the_panel():
    name = "relu channels=[24] filters=16"
    figure = curves_by_network({"cnn_quick": {name: [(1, 0.5), (2, 0.6)]}}, "epoch", "accuracy, %")
    (legend,), (panel,) = extents(figure)
    assert legend.y1 <= panel.y0
    assert (legend.x0 >= 0, legend.x1 <= 1) == (True, True)
    assert panel.height > 0.4


def test_arms_with_the_same_activation_have_its_colour_and_different_markers():
    points = [(1, 0.5)]
    arms = dict.fromkeys(("relu lr=0.1", "relu lr=0.2", "mish", "./my_act.py:Snake"), points)
    first, second, mish, own = curves_by_network({"cnn": arms}, "x", "y").axes[0].get_lines()
    assert (first.get_color(), second.get_color(), mish.get_color()) == (STUDY["relu"], STUDY["relu"], STUDY["mish"])
    assert len({first.get_marker(), second.get_marker()}) == 2
    assert (mish.get_marker(), own.get_marker()) == ("o", "o")


@pytest.mark.parametrize("name", ["(no activation)", "(no activation) lr=0.1"])
def test_an_arm_without_activation_has_a_colour_of_its_own(name):
    (plotted,) = curves_by_network({"softmax": {name: [(1, 0.5)]}}, "x", "y").axes[0].get_lines()
    assert plotted.get_color() == NO_ACTIVATION_LINE["color"]


def test_zero_is_left_out_on_a_logarithmic_axis():
    (panel,) = by_layer({"mlp": {"relu": {"dense1": 0.1, "dense2": 0.0}}}, "gradient norm", log=True).axes
    (plotted,) = panel.get_lines()
    assert plotted.get_ydata()[0] == 0.1
    assert np.isnan(plotted.get_ydata()[1])
    assert panel.get_yscale() == "log"


def test_zero_is_drawn_on_a_linear_axis():
    (panel,) = by_layer({"mlp": {"relu": {"dense1": 0.1, "dense2": 0.0}}}, "dead units, %", log=False).axes
    (plotted,) = panel.get_lines()
    assert panel.get_ylim()[0] <= 0 < 1 < panel.get_ylim()[1]
    assert list(plotted.get_ydata()) == [0.1, 0.0]
    assert panel.get_yscale() == "linear"


def test_predictions_are_dashed_and_measured_numbers_are_points_of_the_same_colour():
    arms = {"relu": {"dense1": (0.1, 0.12), "logits": (0.5, 0.4)}, "gelu": {"dense1": (0.2, 0.3), "logits": (1, 1)}}
    figure = predicted_by_layer({"mlp": arms}, "gradient norm")
    lines = figure.axes[0].get_lines()
    assert [list(plotted.get_ydata()) for plotted in lines[:2]] == [[0.1, 0.5], [0.12, 0.4]]
    assert [plotted.get_linestyle() for plotted in lines[:2]] == ["--", "None"]
    assert lines[0].get_color() == lines[1].get_color() == STUDY["relu"]
    assert lines[1].get_marker() != lines[3].get_marker()
    assert legend_labels(figure) == ["relu", "gelu"]


def test_accuracy_and_a_probed_quantity_are_drawn_against_a_setting():
    accuracy = {"relu mlp": {0.001: 97.0, 0.01: 98.0}, "mish mlp": {0.001: 97.5}}
    figure = against_setting(accuracy, {"relu mlp": {0.001: 5.0}}, "learning rate", "dead units, %", log=(True, False))
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("test accuracy, %", "dead units, %")
    assert [plotted.get_xydata().tolist() for plotted in left.get_lines()] == [
        [[0.001, 97.0], [0.01, 98.0]],
        [[0.001, 97.5]],
    ]
    assert [plotted.get_color() for plotted in left.get_lines()] == [STUDY["relu"], STUDY["mish"]]
    assert (left.get_xscale(), left.get_xlabel(), right.get_yscale()) == ("log", "learning rate", "linear")
    assert legend_labels(figure) == ["relu", "mish"]  # with one network its name is left out


def test_several_networks_against_a_setting_have_markers_and_names():
    accuracy = {"relu mlp": {1: 97.0}, "relu cnn": {1: 99.0}, "none softmax": {1: 92.0}}
    probed = {"relu mlp": {1: 0.1}}
    figure = against_setting(accuracy, probed, "hidden layers", "gradient norm", log=(False, True))
    left, right = figure.axes
    assert len({plotted.get_marker() for plotted in left.get_lines()}) == 3
    assert left.get_lines()[2].get_color() == NO_ACTIVATION_LINE["color"]
    assert (left.get_xscale(), right.get_yscale()) == ("linear", "log")
    assert legend_labels(figure) == ["relu mlp", "relu cnn", "none softmax"]


def test_without_a_probed_quantity_there_is_accuracy_alone():
    (panel,) = against_setting({"relu mlp": {1: 97.0}}, {}, "hidden layers", "gradient norm", log=(False, True)).axes
    assert panel.get_title() == "test accuracy, %"
