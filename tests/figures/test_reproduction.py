import pytest

from mnist_exp.figures.reproduction import Errors, claims, trajectory


def test_every_setup_has_a_row_with_its_claim_and_its_seeds():
    figure = claims({"first": Errors(0.01, [0.012, 0.011], [0.008]), "second": Errors(None, [0.02], [])})
    (panel,) = figure.axes
    assert [label.get_text() for label in panel.get_yticklabels()] == ["second", "first"]
    lines = [(list(line.get_xdata()), list(line.get_ydata())) for line in panel.get_lines()]
    points = [(x, round(heights[0])) for x, heights in lines if x]
    assert points == [
        (pytest.approx([1.2, 1.1]), 1),
        (pytest.approx([0.8]), 1),
        (pytest.approx([1.0]), 1),
        (pytest.approx([2.0]), 0),
    ]
    assert panel.get_xscale() == "log"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        *("repeated, every seed", "same network, default recipe", "claimed")
    ]


def test_a_trajectory_has_a_line_per_seed_and_rings_at_the_published_values():
    curves = {"train_acc": [[(1, 0.5), (2, 0.75)], [(1, 0.25), (2, 0.5)]], "test_acc": [[(1, 0.375), (2, 0.625)]]}
    (panel,) = trajectory(curves, {2: (0.875, 0.5)}).axes
    points = [(list(line.get_xdata()), list(line.get_ydata())) for line in panel.get_lines()]
    assert points == [
        ([1, 2], [50, 75]),
        ([1, 2], [25, 50]),
        ([2], [87.5]),
        ([1, 2], [37.5, 62.5]),
        ([2], [50]),
    ]
    labels = [text.get_text() for text in panel.get_legend().get_texts()]
    assert labels == ["training", "training, published", "test", "test, published"]
