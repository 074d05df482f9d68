import numpy as np

from mnist_exp.figures.best_runs import confusions
from tests.figures.layout import extents

MATRIX = np.array([[5, 2, 0], [0, 7, 0], [1, 0, 6]])


def test_errors_are_counted_and_shaded_and_correct_answers_are_not():
    (panel,) = confusions({"relu": MATRIX}, ["a", "b", "c"]).axes
    assert panel.get_title() == "relu: 3 errors"
    assert {text.get_text(): text.get_position() for text in panel.texts} == {"2": (1, 0), "1": (0, 2)}
    assert panel.get_images()[0].get_array().diagonal().tolist() == [0, 0, 0]


def test_many_classes_have_shades_alone():
    (panel,) = confusions({"relu": np.ones((40, 40), dtype=int)}, [f"class {i}" for i in range(40)]).axes
    assert (len(panel.texts), len(panel.get_xticks())) == (0, 0)


def test_panels_do_not_cover_each_other_and_are_inside_the_figure():
    figure = confusions(dict.fromkeys(("relu", "mish", "tanh", "swish"), MATRIX), ["container ship", "b", "c"])
    _, boxes = extents(figure)
    (a, b, c, d) = boxes
    assert a.x1 < b.x0
    assert c.y1 < a.y0
    assert all(box.x0 > 0 and box.x1 < 1 and box.y0 > 0 and box.y1 < 1 for box in (a, b, c, d))
