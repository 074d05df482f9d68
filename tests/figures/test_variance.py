import pytest

from mnist_exp.figures.style import STUDY, save
from mnist_exp.figures.variance import ArmSpread, Point, spread_by_source
from tests.figures.layout import extents

ARMS = [
    ArmSpread("relu", "relu", {"split": Point(0.1, 0.08, 0.15), "all (any test set)": Point(0.2, 0.15, 0.3)}),
    ArmSpread("mish", "mish", {"weights": Point(0.3, 0.2, 9.0), "all (any test set)": Point(0.1, 0.05, 0.2)}),
]


def test_sources_are_side_by_side_with_a_mark_and_an_interval_for_each_arm():
    (panel,) = spread_by_source({"mlp": ARMS}).axes
    assert [label.get_text() for label in panel.get_xticklabels()] == ["split", "all\n(any test set)", "weights"]
    relu, mish = panel.get_lines()
    assert (list(relu.get_ydata()), list(mish.get_ydata())) == ([0.1, 0.2], [0.3, 0.1])
    assert (relu.get_color(), mish.get_color()) == (STUDY["relu"], STUDY["mish"])
    assert [round(x) for x in (*relu.get_xdata(), *mish.get_xdata())] == [0, 1, 2, 1]
    assert relu.get_xdata()[1] < 1 < mish.get_xdata()[1]
    intervals = [[tuple(point[1] for point in segment) for segment in c.get_segments()] for c in panel.collections]
    assert intervals == [[(0.08, 0.15), (0.15, 0.3)], [(0.2, 9.0), (0.05, 0.2)]]


def test_an_interval_of_few_runs_does_not_hide_the_others():
    (panel,) = spread_by_source({"mlp": ARMS}).axes
    assert panel.get_ylim() == pytest.approx((0, 1.08 * 3 * 0.3))


def test_sds_of_zero_can_be_drawn(tmp_path):
    figure = spread_by_source({"mlp": [ArmSpread("relu", "relu", {"split": Point(0, 0, 0)})]})
    save(figure, tmp_path / "a.png")
    assert figure.axes[0].get_ylim() == (0, 1)


def test_each_network_has_a_panel_and_each_arm_is_once_in_the_legend():
    figure = spread_by_source({"mlp": ARMS, "cnn": ARMS[:1]})
    assert [panel.get_title() for panel in figure.axes] == ["mlp", "cnn"]
    (legend,), panels = extents(figure)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["relu", "mish"]
    assert all(legend.y1 <= panel.y0 for panel in panels)
