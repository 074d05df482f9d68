import numpy as np
import pytest

from mnist_exp.figures.activations import Curve, gallery, notices, side_by_side
from mnist_exp.figures.style import STUDY
from mnist_exp.gallery import curves


@pytest.fixture(scope="module")
def drawn():
    return curves()


def test_the_gallery_has_a_panel_with_function_and_derivative_for_each(drawn):
    figure = gallery(drawn)
    panels = {place.get_title(): place for place in figure.axes}
    assert list(panels) == list(drawn)
    for name, place in panels.items():
        lines = {drawn_line.get_label(): drawn_line for drawn_line in place.get_lines()}
        np.testing.assert_array_equal(lines["function"].get_ydata(), drawn[name].y)
        np.testing.assert_array_equal(lines["derivative"].get_ydata(), drawn[name].slope)


def test_the_six_are_drawn_on_common_axes(drawn):
    functions, slopes = side_by_side({name: drawn[name] for name in STUDY}).axes
    labels = [shown.get_label() for shown in functions.get_lines() if not shown.get_label().startswith("_")]
    assert labels == list(STUDY)
    assert slopes.get_title() == "derivatives"


# sigmoid's derivative s(1 − s) is 0.01 at ln(98.99) = 4.6; tanh's at half of ln(398) = 3.0; swish's least is −0.28.
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sigmoid", ["values 0 to 1", "saturated below −4.6 and above 4.6", "steepest 0.25: gradients shrink"]),
        ("tanh", ["values −1 to 1", "saturated below −3 and above 3"]),
        ("relu", ["values 0 to ∞", "dead below 0"]),
        ("leaky_relu", ["values −∞ to ∞"]),
        ("swish", ["values −0.28 to ∞", "saturated below −6.3", "dips to −0.28 at −1.28: not monotone"]),
        ("mish", ["values −0.31 to ∞", "saturated below −6.3", "dips to −0.31 at −1.19: not monotone"]),
        ("identity", ["values −∞ to ∞"]),
    ],
)
def test_what_there_is_to_notice_is_read_off_the_curve(drawn, name, said):
    assert notices(drawn[name]) == said


def test_a_function_that_is_flat_everywhere_is_dead_everywhere():
    x = np.linspace(-1, 1, 9)
    assert notices(Curve(x, 0 * x, 0 * x))[1].startswith("dead")
