import pytest

from mnist_exp.figures.reproduction import Errors, claims


def test_every_setup_has_its_claim_and_its_seeds_from_the_top_down():
    figure = claims({"first": Errors(0.01, [0.012, 0.011], [0.008]), "second": Errors(None, [0.02], [])})
    (place,) = figure.axes
    assert [label.get_text() for label in place.get_yticklabels()] == ["second", "first"]
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in place.get_lines()]
    points = [(x, round(heights[0])) for x, heights in drawn if x]
    assert points == [
        (pytest.approx([1.2, 1.1]), 1),
        (pytest.approx([0.8]), 1),
        (pytest.approx([1.0]), 1),
        (pytest.approx([2.0]), 0),
    ]
    assert place.get_xscale() == "log"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        *("repeated, every seed", "same network, default recipe", "claimed")
    ]
