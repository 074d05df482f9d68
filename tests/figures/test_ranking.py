import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mnist_exp.figures.ranking import ArmRank, critical_difference_diagram
from mnist_exp.figures.style import STUDY

ARMS = [ArmRank("mish", 1.5), ArmRank("swish", 1.75), ArmRank("relu", 3.25), ArmRank("tanh", 3.5)]
NAMES = [*STUDY, "gelu", "elu", "selu", "hard_swish", "softplus", "./my_activation.py:Snake"]
TWELVE = [ArmRank(name, rank) for rank, name in enumerate(NAMES, start=1)]


def drawn(arms, difference, groups):
    """The panel, its texts by their content, and its lines by what they are."""
    (panel,) = critical_difference_diagram(arms, difference, groups).axes
    lines = {line.get_gid(): line for line in panel.get_lines() if line.get_gid()}
    return panel, {text.get_text().strip(): text for text in panel.texts}, lines


def test_each_arm_has_a_line_from_its_mean_rank_to_its_name():
    panel, texts, _ = drawn(ARMS, 1.0, [])
    for arm, side in zip(ARMS, ("right", "right", "left", "left"), strict=True):
        label = texts[f"{arm.name} {arm.mean_rank:.2f}"]
        (line,) = [line for line in panel.get_lines() if line.get_color() == STUDY[arm.name]]
        assert list(line.get_xdata()[:2]) == [arm.mean_rank] * 2
        assert (line.get_xdata()[2], line.get_ydata()[2]) == label.get_position()
        assert label.get_ha() == side


def test_a_bar_spans_the_ranks_of_its_group():
    _, _, lines = drawn(ARMS, 1.0, [["mish", "swish"], ["relu", "tanh"]])
    assert lines["group0"].get_xdata() == pytest.approx([1.5, 1.75], abs=0.05)
    assert lines["group1"].get_xdata() == pytest.approx([3.25, 3.5], abs=0.05)
    assert lines["group0"].get_ydata()[0] > lines["group1"].get_ydata()[0]


def test_the_critical_difference_is_drawn_to_the_scale_of_the_axis():
    _, texts, lines = drawn(ARMS, 1.25, [])
    assert list(lines["difference"].get_xdata()) == [1, 2.25]
    assert "critical difference 1.25" in texts


def test_one_that_is_longer_than_the_axis_says_so():
    _, texts, lines = drawn(ARMS, 3.4, [])
    assert list(lines["difference"].get_xdata()) == [1, 4]
    assert "critical difference 3.40, longer than the axis" in texts


@pytest.mark.parametrize("arms", [ARMS[:2], ARMS[:3], TWELVE], ids=len)
def test_the_names_are_inside_the_figure_and_do_not_overlap(arms):
    figure = critical_difference_diagram(
        arms, 4.2, [[arm.name for arm in arms[i : i + 4]] for i in range(len(arms) - 3)]
    )
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in figure.axes[0].texts]
    width, height = figure.get_size_inches() * figure.dpi
    assert all(0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height for box in boxes)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
