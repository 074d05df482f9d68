import numpy as np

from mnist_exp.figures.learned import Curve, LearnedLayer, learned_shapes
from tests.figures.layout import extents

X = np.linspace(-5, 5, 11)


def curve(slope, spread=0.0):
    return Curve(X, slope * X, slope * X - spread, slope * X + spread)


def test_each_layer_has_its_function_at_the_start_and_at_the_end():
    layers = {
        "dense1": LearnedLayer(curve(1), curve(2), ["beta 1.00 → 2.00"]),
        "dense2": LearnedLayer(curve(1), curve(3, spread=0.5), ["a", "b", "c", "d", "e"]),
    }
    figure = learned_shapes(layers, "swish_beta")
    first, second = figure.axes
    assert [panel.get_title() for panel in (first, second)] == ["dense1", "dense2"]
    assert [panel.get_xlabel() for panel in (first, second)] == ["beta 1.00 → 2.00", "a\nb\nc\nand 2 more"]
    slopes = [[line.get_ydata()[-1] / 5 for line in panel.get_lines()[2:]] for panel in (first, second)]
    assert slopes == [[1, 2], [1, 3]]
    assert [len(panel.collections) for panel in (first, second)] == [0, 1]  # a band where the channels differ
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["start of training", "end of training", "range over the channels, end"]


def test_the_legend_covers_no_panel_and_empty_places_have_no_axes():
    layers = {f"layer{i}": LearnedLayer(curve(1), curve(2, 1), []) for i in range(5)}
    figure = learned_shapes(layers, None)
    assert [panel.axison for panel in figure.axes] == [True] * 5 + [False] * 3
    (legend,), panels = extents(figure)
    assert all(panel.y1 <= legend.y0 for panel in panels)
