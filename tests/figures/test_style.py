import numpy as np

from mnist_exp.figures.style import LINES, axes, in_rows, line, mosaic, save
from mnist_exp.models.activations import ACTIVATIONS


def test_every_activation_has_a_line_of_its_own():
    assert set(LINES) == set(ACTIVATIONS)
    assert len({tuple(style.values()) for style in LINES.values()}) == len(ACTIVATIONS)
    assert line(None)["color"] not in {style["color"] for style in LINES.values()}


def test_a_mosaic_holds_every_picture_and_hides_the_gaps():
    a, b, c = (np.full((2, 3), value) for value in (1.0, 2.0, 3.0))
    whole = mosaic([[a, b], [c]], gap=1)
    assert whole.tolist() == [
        [1, 1, 1, None, 2, 2, 2],
        [1, 1, 1, None, 2, 2, 2],
        [None] * 7,
        [3, 3, 3, None, None, None, None],
        [3, 3, 3, None, None, None, None],
    ]
    assert in_rows([1, 2, 3], 2) == [[1, 2], [3]]


def test_a_figure_becomes_a_file_or_pixels(tmp_path):
    figure, (left, right) = axes(1, 2, 3, 2)
    left.plot([0, 1])
    assert right is not left
    save(figure, tmp_path / "new" / "figure.png")
    assert (tmp_path / "new" / "figure.png").read_bytes().startswith(b"\x89PNG")
