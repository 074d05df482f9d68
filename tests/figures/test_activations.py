import numpy as np
import pytest

from mnist_exp.figures.activations import Curve, gallery, side_by_side
from mnist_exp.figures.style import STUDY, line
from mnist_exp.gallery.functions import functions


@pytest.fixture(scope="module")
def by_name():
    return {f.name: f.curve() for f in functions()}


def test_the_gallery_has_a_panel_with_function_and_derivative_for_each_activation(by_name):
    figure = gallery(by_name, {name: [name] for name in by_name})
    panels = {panel.get_title(): panel for panel in figure.axes}
    assert list(panels) == list(by_name)
    for name, panel in panels.items():
        lines = {plotted.get_label(): plotted for plotted in panel.get_lines()}
        np.testing.assert_array_equal(lines["function"].get_ydata(), by_name[name].y)
        np.testing.assert_array_equal(lines["derivative"].get_ydata(), by_name[name].slope)


def test_an_activation_that_is_not_listed_has_a_panel_with_a_colour_and_a_caption(by_name):
    x = by_name["relu"].x
    sine = Curve(x, np.sin(x), np.cos(x))
    shown = by_name | {"./my_act.py:Sine": sine}
    captions = {name: ["two", f"lines of {name}"] for name in shown}
    panels = [panel for panel in gallery(shown, captions).axes if panel.axison]
    assert [panel.get_title() for panel in panels] == [*by_name, "./my_act.py:Sine"]
    (function,) = (plotted for plotted in panels[-1].get_lines() if plotted.get_label() == "function")
    assert function.get_color() == line("./my_act.py:Sine")["color"]
    assert panels[-1].get_xlabel() == "two\nlines of ./my_act.py:Sine"
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
