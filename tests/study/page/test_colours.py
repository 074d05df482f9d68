import pytest

from mnist_exp.figures.style import STUDY
from mnist_exp.study.page.colours import DARK_GROUND, FEWEST_CONTRAST, arm_styles, contrast, readable_on_dark


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", [*STUDY.values(), "#332288", "#000000"])
def test_every_colour_can_be_read_on_the_dark_page(colour):
    assert contrast(readable_on_dark(colour), DARK_GROUND) >= FEWEST_CONTRAST


def test_arms_have_their_activations_colour_and_differ_by_marker():
    styles = arm_styles({"relu lr=0.1": "relu", "relu lr=0.2": "relu", "mish": "mish"})
    assert [style.light for style in styles] == [STUDY["relu"], STUDY["relu"], STUDY["mish"]]
    assert len({style.shape for style in styles}) == 3


def test_own_activations_and_networks_without_one_have_a_style():
    styles = arm_styles({"./my_act.py:Snake": "./my_act.py:Snake", "(no activation)": None})
    assert all(len(style.dash) % 2 == 0 for style in styles)
    assert styles[1].light == "#555555"
