"""The page's preparation of a drawing, compared with the Python one."""

from base64 import b64decode
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import ndimage

from mnist_exp.digits.handwriting import find_digits
from mnist_exp.runs.run_selection import finished_runs, open_run
from tests.browser import needs_chromium
from tests.digits.strokes import STROKES, Line, draw

pytestmark = needs_chromium
SIDE = 280
# Draws as the page does, and returns for each drawing its grey pixels and what is made of them.
DRAW = """drawings => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 280;
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  Object.assign(pen, {strokeStyle: '#fff', lineCap: 'round', lineJoin: 'round'});
  return drawings.map(({lines, width}) => {
    pen.fillRect(0, 0, 280, 280);
    pen.lineWidth = width;
    for (const line of lines) {
      pen.beginPath();
      line.forEach(([x, y]) => pen.lineTo(x, y));
      pen.stroke();
    }
    const {data} = pen.getImageData(0, 0, 280, 280);
    const grey = Uint8ClampedArray.from({length: 280 * 280}, (_, i) => data[4 * i]);
    const text = btoa(Array.from(grey, value => String.fromCharCode(value)).join(''));  // lists of numbers take minutes
    return {grey: text, pixels: [...prepareDrawing(grey, 280)]};
  });
}"""


@dataclass(frozen=True)
class Drawing:
    """A digit drawn with a pen of some width."""

    lines: list[Line]
    width: float


def drawings(count: int) -> list[Drawing]:
    """Digits in turn, each in another size, slant, place and hand, with thin and thick pens."""
    generator, made = np.random.default_rng(0), []
    for i in range(count):
        size, slant, width = generator.uniform(0.35, 1.15), generator.uniform(-0.3, 0.3), generator.uniform(3, 34)
        right, down = generator.uniform(-0.1, 0.1, 2)
        lines = [
            [
                (
                    SIDE * (0.5 + right + size * (x - 0.5 + slant * (0.5 - y)) + generator.normal(0, 0.006)),
                    SIDE * (0.5 + down + size * (y - 0.5) + generator.normal(0, 0.006)),
                )
                for x, y in line
            ]
            for line in STROKES[i % 10]
        ]
        made.append(Drawing(lines, width))
    return made


def in_python(grey: np.ndarray) -> np.ndarray | None:
    found = find_digits(grey.astype(np.float64).reshape(SIDE, SIDE), several=False)
    return found[0].pixels if found else None


def in_page(engine, grey: np.ndarray) -> np.ndarray | None:
    script = "([grey, side]) => { const found = prepareDrawing(grey, side); return found && [...found]; }"
    pixels = engine.page.evaluate(script, [grey.ravel().tolist(), SIDE])
    return None if pixels is None else np.array(pixels, dtype=np.uint8).reshape(28, 28)


def test_drawn_digits_are_prepared_as_in_python(engine, readers):
    """Of 300 drawings at least 99 % get the same answer of a trained network; in fact the pixels are the same."""
    made = [{"lines": one.lines, "width": one.width} for one in drawings(300)]
    drawn = engine.page.evaluate(DRAW, made)
    got = np.array([one["pixels"] for one in drawn], dtype=np.uint8).reshape(-1, 28, 28)
    expected = np.stack([in_python(np.frombuffer(b64decode(one["grey"]), np.uint8)) for one in drawn])
    (network, *_) = [open_run(run) for run in finished_runs(readers)]
    answers = [network.probabilities(pixels).argmax(1) for pixels in (got, expected)]
    assert (answers[0] == answers[1]).mean() >= 0.99
    assert (answers[1] == np.arange(300) % 10).mean() > 0.8  # they are digits, so that the comparison says something
    assert (np.abs(got.astype(int) - expected).max((1, 2)) <= 1).mean() >= 0.99


def speckled() -> np.ndarray:
    return np.where(np.random.default_rng(0).random((SIDE, SIDE)) < 0.02, 255, 0)


def with_dust(grey: np.ndarray) -> np.ndarray:
    dusty = grey.copy()
    dusty[5:9, 5:9] = dusty[270:273, 100:110] = 255
    return dusty


def photographed() -> np.ndarray:
    """Dark ink on paper in uneven light, with noise and blur."""
    light = 150 + 60 * np.linspace(0, 1, SIDE)[None] + 20 * np.linspace(0, 1, SIDE)[:, None]
    paper = light - 110 * ndimage.gaussian_filter(draw(5, 14) / 255, 2)
    return np.rint(paper + np.random.default_rng(0).normal(0, 3, paper.shape)).clip(0, 255)


PICTURES = {
    "dust": with_dust(draw(3, 20)),
    "two pieces": draw(5, 12, 0.7),
    "faint": draw(7, 20) // 6,
    "tiny": draw(2, 2, 0.06),
    "one dot": draw(1, 9, 0.001),
    "one pixel": np.eye(1, SIDE * SIDE, 40_000).reshape(SIDE, SIDE) * 255,
    "dark on light": 255 - draw(8, 16),
    "a photograph": photographed(),
    "blurred": np.rint(ndimage.gaussian_filter(draw(9, 25).astype(float), 6)),
    "at the border": np.roll(draw(4, 20), (-60, 90), (0, 1)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_other_pictures_are_prepared_as_in_python(engine, name):
    got, expected = in_page(engine, PICTURES[name]), in_python(PICTURES[name])
    assert expected is not None
    assert np.abs(got.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("grey", [np.zeros((SIDE, SIDE)), np.full((SIDE, SIDE), 255), speckled()], ids=str)
def test_where_nothing_is_drawn_there_is_no_digit(engine, grey):
    assert in_python(grey) is None
    assert in_page(engine, grey) is None


def test_a_drawing_that_is_too_large_is_refused(engine):
    assert "up to 512×512" in engine.ask("read", network=0, side=513, grey=[0])["error"]


def test_distances_are_those_of_scipy(engine):
    generator = np.random.default_rng(0)
    for density in (0.001, 0.02, 0.3, 0.9):
        marks = generator.random((41, 57)) < density
        marks[20, 30] = True
        got = engine.page.evaluate("marks => [...distanceTo(marks, 41, 57)]", marks.astype(int).ravel().tolist())
        assert np.allclose(np.reshape(got, marks.shape), ndimage.distance_transform_edt(~marks), atol=1e-12)


def test_percentiles_are_those_of_numpy(engine):
    generator = np.random.default_rng(0)
    for values in (generator.normal(size=101), generator.integers(0, 4, 50).astype(float), np.array([3.0])):
        for share in (0, 0.25, 0.5, 0.9, 1):
            got = engine.page.evaluate("([values, share]) => percentile(values, share)", [values.tolist(), share])
            assert got == pytest.approx(np.percentile(values, 100 * share), abs=1e-12)
