import numpy as np
import pytest

from mnist_exp.figures.activations import Curve, gallery, properties, side_by_side
from mnist_exp.figures.style import STUDY, line
from mnist_exp.gallery import curves


@pytest.fixture(scope="module")
def by_name():
    return curves()


def test_the_gallery_has_a_panel_with_function_and_derivative_for_each_activation(by_name):
    figure = gallery(by_name)
    panels = {panel.get_title(): panel for panel in figure.axes}
    assert list(panels) == list(by_name)
    for name, panel in panels.items():
        lines = {plotted.get_label(): plotted for plotted in panel.get_lines()}
        np.testing.assert_array_equal(lines["function"].get_ydata(), by_name[name].y)
        np.testing.assert_array_equal(lines["derivative"].get_ydata(), by_name[name].slope)


def test_an_activation_that_is_not_listed_has_a_panel_with_a_colour_and_a_caption(by_name):
    x = by_name["relu"].x
    sine = Curve(x, np.sin(x), np.cos(x))
    panels = [panel for panel in gallery(by_name | {"./my_act.py:Sine": sine}).axes if panel.axison]
    assert [panel.get_title() for panel in panels] == [*by_name, "./my_act.py:Sine"]
    (function,) = (plotted for plotted in panels[-1].get_lines() if plotted.get_label() == "function")
    assert function.get_color() == line("./my_act.py:Sine")["color"]
    assert panels[-1].get_xlabel() == "values −1 to 1\ndips to −1 at −1.57: not monotone"
    x_is_labelled = [panel.xaxis.get_tick_params()["labelbottom"] for panel in panels]
    assert x_is_labelled == [False] * (len(panels) - 4) + [True] * 4  # the lowest panel of each column


def test_the_six_of_the_study_share_one_panel_each_for_functions_and_derivatives(by_name):
    functions, derivatives = side_by_side({name: by_name[name] for name in STUDY}).axes
    labels = [plotted.get_label() for plotted in functions.get_lines() if not plotted.get_label().startswith("_")]
    assert labels == list(STUDY)
    assert derivatives.get_title() == "derivatives"


def test_side_by_side_draws_activations_that_are_not_listed(by_name):
    functions, _ = side_by_side({"./my_act.py:Snake": by_name["mish"], "relu": by_name["relu"]}).axes
    colours = [plotted.get_color() for plotted in functions.get_lines()][:2]
    assert colours == [line("./my_act.py:Snake")["color"], STUDY["relu"]]


# sigmoid's derivative s(1 − s) is 0.01 at ln(98.99) = 4.6; tanh's at half of ln(398) = 3.0; swish's minimum is −0.28.
@pytest.mark.parametrize(
    ("name", "expected"),
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
def test_properties_are_computed_from_the_curve(by_name, name, expected):
    assert properties(by_name[name]) == expected


@pytest.mark.parametrize(
    ("y", "slope", "expected"),
    [
        (lambda x: -x, lambda x: 0 * x - 1, ["values −∞ to ∞"]),
        (lambda x: x**2, lambda x: 2 * x, ["values 0 to ∞", "dips to 0 at 0: not monotone"]),
        (lambda x: -np.exp(-(x**2)), lambda x: 2 * x * np.exp(-(x**2)), ["values −1 to 0"]),
    ],
)
def test_the_range_is_right_for_functions_that_decrease(y, slope, expected):
    x = np.linspace(-8, 8, 3201)
    found = properties(Curve(x, y(x), slope(x)))
    assert found[0] == expected[0]
    assert set(expected) <= set(found)


def test_a_constant_function_is_dead_everywhere():
    x = np.linspace(-1, 1, 9)
    assert properties(Curve(x, 0 * x, 0 * x))[1].startswith("dead")
