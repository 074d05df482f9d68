"""Drawings prepared by the page's JavaScript, compared with digits/handwriting.py."""

from base64 import b64encode

import numpy as np
import pytest
import torch

from mnist_exp.digits.handwriting import find_digits
from mnist_exp.runs.run_selection import finished_runs, open_run
from tests.browser import needs_chromium
from tests.digits.strokes import STROKES, draw

pytestmark = needs_chromium
DRAWINGS = 300
PREPARE = """async ([side, text]) => {
  const grey = Uint8ClampedArray.from(atob(text), letter => letter.charCodeAt(0));
  return (await ask({kind: 'prepare', side, grey})).pixels;
}"""


def drawings(side: int = 280) -> list[np.ndarray]:
    """Digits with pens, sizes and slants that differ; some have a second piece or a dot."""
    random = np.random.default_rng(0)
    found = []
    for i in range(DRAWINGS):
        pen, size, slant = int(random.integers(6, 36)), random.uniform(0.35, 1.05), random.uniform(-0.3, 0.3)
        grey = draw(i % len(STROKES), pen, size, slant, side).copy()
        if i % 7 == 0:
            x, y = random.integers(5, side - 15, 2)
            grey[y : y + 4, x : x + 4] = 255
        found.append(grey)
    return found


def prepared(engine, grey: np.ndarray) -> np.ndarray | None:
    pixels = engine.page.evaluate(PREPARE, [len(grey), b64encode(grey.tobytes()).decode()])
    return None if pixels is None else np.array(pixels, np.uint8).reshape(28, 28)


def test_drawings_get_the_same_answers_as_in_python(engine, readers):
    models = [open_run(run).model for run in finished_runs(readers)]
    pairs = [
        (prepared(engine, grey), find_digits(grey.astype(np.float64), several=False)[0].pixels) for grey in drawings()
    ]
    ours, theirs = (torch.from_numpy(np.stack(side))[:, None] for side in zip(*pairs, strict=True))
    with torch.no_grad():
        same = [(model(ours).argmax(1) == model(theirs).argmax(1)).float().mean().item() for model in models]
    print(f"same answer: {[f'{share:.1%}' for share in same]}, equal pixels in {(ours == theirs).float().mean():.2%}")
    assert min(same) >= 0.99


@pytest.mark.parametrize("grey", [np.zeros((280, 280), np.uint8)], ids=["empty"])
def test_nothing_drawn_gives_nothing(engine, grey):
    assert prepared(engine, grey) is None
