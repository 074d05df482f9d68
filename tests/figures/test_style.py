import subprocess
import sys

import numpy as np
import pytest

from mnist_exp import registry
from mnist_exp.figures import style
from mnist_exp.figures.style import (
    NO_ACTIVATION_LINE,
    STUDY,
    axes,
    drawable,
    in_rows,
    line,
    mosaic,
    save,
    shortened,
    svg,
)


@pytest.fixture
def nothing_drawn(monkeypatch):
    """As in a new process, which has drawn no unlisted activation."""
    monkeypatch.setattr(style, "_unlisted_slots", {})


def distinct(names):
    return {tuple(line(name).values()) for name in names}


def test_every_listed_activation_has_a_line_of_its_own():
    names = registry.names("activation")
    assert len(distinct(names)) == len(names)
    assert {name: line(name)["color"] for name in STUDY} == STUDY
    assert line(None)["color"] not in {line(name)["color"] for name in names}


@pytest.mark.usefixtures("nothing_drawn")
def test_one_more_listed_activation_has_a_line_of_its_own(monkeypatch):
    before = {name: line(name) for name in registry.names("activation")}
    monkeypatch.setitem(registry.ACTIVATIONS, "log_sigmoid", "torch.nn:LogSigmoid")
    assert len(distinct(registry.names("activation"))) == len(before) + 1
    assert {name: line(name) for name in before} == before
    assert line("log_sigmoid")["color"] in STUDY.values()


@pytest.mark.usefixtures("nothing_drawn")
def test_activations_that_are_not_listed_have_lines_of_their_own():
    own = [f"./my_act.py:Act{i}" for i in range(20)]
    names = [*registry.names("activation"), *own]
    assert len(distinct(names)) == len(names)
    assert NO_ACTIVATION_LINE not in [line(name) for name in own]
    assert distinct(own) == distinct(own)


@pytest.mark.usefixtures("nothing_drawn")
def test_any_number_of_unlisted_activations_can_be_drawn():
    names = [f"./my_act.py:Act{i}" for i in range(100)]
    assert len(distinct(names)) == len(style._UNLISTED_STYLES)
    _, (panel,) = axes(1, 1, 3, 2)
    for name in names:
        panel.plot([0, 1], **line(name))


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_drawn")
def test_an_unlisted_activation_has_the_same_line_in_another_process():
    code = "from mnist_exp.figures.style import line; print(line('./my_act.py:Snake'))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert other.stdout.strip() == str(line("./my_act.py:Snake"))


def test_a_mosaic_holds_every_image_and_masks_the_gaps():
    a, b, c = (np.full((2, 3), value) for value in (1.0, 2.0, 3.0))
    whole = mosaic([[a, b], [c]], gap=1)
    assert whole.tolist() == [
        [1, 1, 1, None, 2, 2, 2],
        [1, 1, 1, None, 2, 2, 2],
        [None] * 7,
        [3, 3, 3, None, None, None, None],
        [3, 3, 3, None, None, None, None],
    ]


def test_a_mosaic_of_colour_images_has_transparent_gaps():
    red, blue = (np.full((2, 2, 3), colour) for colour in ((1.0, 0, 0), (0, 0, 1.0)))
    whole = mosaic([[red, blue], [blue]], gap=1)
    assert whole.shape == (5, 5, 4)
    assert whole[0, 0].tolist() == [1, 0, 0, 1]
    assert whole[1, 3].tolist() == whole[3, 0].tolist() == [0, 0, 1, 1]
    assert not whole[2].any()
    assert not whole[3:, 3:].any()


def test_raw_pixels_are_drawn_grey_or_in_colour():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    assert np.array_equal(drawable(pixels[..., 0]), pixels[..., 0])
    assert np.array_equal(drawable(pixels), pixels / 255)
    assert np.array_equal(drawable(pixels[..., :1]), pixels[..., 0])
    assert np.array_equal(drawable(pixels[..., :2]), (pixels[..., 0] / 2 + pixels[..., 1] / 2))


def test_a_long_name_is_cut():
    assert [shortened(name, 5) for name in ("horse", "airplane")] == ["horse", "airp…"]


def test_the_last_row_may_be_shorter():
    assert in_rows([1, 2, 3], 2) == [[1, 2], [3]]


def test_a_figure_is_saved_as_png_in_a_new_folder(tmp_path):
    figure, (left, right) = axes(1, 2, 3, 2)
    left.plot([0, 1])
    assert right is not left
    save(figure, tmp_path / "new" / "figure.png")
    assert (tmp_path / "new" / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_an_svg_has_its_description_the_colour_of_the_page_and_ids_of_its_own():
    def figure():
        made, (panel,) = axes(1, 1, 3, 2)
        panel.plot([0, 1], color="#000000")
        panel.plot([0, 1], marker="o")
        return made

    alt = 'ranks & "more"'
    first, second = (svg(figure(), name, alt) for name in ("a", "b"))
    assert first.startswith('<svg role="img" aria-label="ranks &amp; &quot;more&quot;" ')
    assert "stroke: #000000" not in first
    assert "stroke: currentColor" in first
    assert first == svg(figure(), "a", alt)
    assert first != second
