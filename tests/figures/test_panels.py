import pytest

from mnist_exp.figures.panels import ONE_COLUMN, TWO_COLUMNS, accuracy_limits, add_legend, panels, plain_log_labels
from mnist_exp.figures.style import axes
from tests.figures.layout import extents


@pytest.mark.parametrize(
    ("count", "least_width", "rows", "columns", "width"),
    [(1, 2, 1, 1, ONE_COLUMN), (1, 4, 1, 1, TWO_COLUMNS), (3, 2, 1, 3, TWO_COLUMNS), (4, 2, 2, 2, TWO_COLUMNS)],
)
def test_panels_fill_one_or_two_columns(count, least_width, rows, columns, width):
    names = [f"network{i}" for i in range(count)]
    figure, found = panels(names, least_width, 1.5)
    assert list(figure.get_size_inches()) == pytest.approx([width, 1.5 * rows])
    assert found["network0"].get_gridspec().get_geometry() == (rows, columns)
    assert [panel.get_title() for panel in found.values()] == names


def test_a_legend_of_many_names_is_below_the_panels_which_keep_their_height():
    figure, (panel,) = axes(1, 1, ONE_COLUMN, 2)
    for i in range(12):
        panel.plot([0, 1], label=f"./my_act.py:Activation{i}")
    add_legend(figure, [panel])
    (legend,), (box,) = extents(figure)
    assert legend.y1 <= box.y0
    assert 0 <= legend.x0 < legend.x1 <= 1
    assert box.height * figure.get_size_inches()[1] > 1


def test_accuracies_that_hardly_differ_do_not_fill_the_axis():
    assert accuracy_limits(97.0, 97.0) == pytest.approx((96.9, 97.1))
    assert accuracy_limits(90.0, 95.0) == pytest.approx((89.7, 95.3))
    assert accuracy_limits(0.0, 100.0) == (-0.5, 100.5)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [(0.001, 1, ["0.001", "0.01", "0.1", "1"]), (0.1, 0.6, ["0.1", "0.2", "0.5"]), (2.9, 4.2, ["3", "4"])],
)
def test_logarithmic_axes_have_plain_numbers(low, high, labels):
    figure, (panel,) = axes(1, 1, 3, 2)
    panel.set_yscale("log")
    panel.set_ylim(low, high)
    plain_log_labels(panel.yaxis)
    extents(figure)
    drawn = [*panel.yaxis.get_major_ticks(), *panel.yaxis.get_minor_ticks()]
    shown = {tick.label1.get_text() for tick in drawn if low <= tick.get_loc() <= high}
    assert sorted(shown - {""}) == labels
