"""Digits made of lines and arcs in a square of side 1, drawn with a pen of any width; and how to compare images."""

from math import cos, pi, sin

import numpy as np
from PIL import Image, ImageDraw

Line = list[tuple[float, float]]


def arc(x, y, wide, high, begin, end) -> Line:
    angles = np.linspace(begin, end, 25)
    return [(x + wide * cos(a), y + high * sin(a)) for a in angles]


STROKES: dict[int, list[Line]] = {
    0: [arc(0.5, 0.5, 0.22, 0.34, 0, 2 * pi)],
    1: [[(0.42, 0.25), (0.52, 0.15), (0.5, 0.85)]],
    2: [[*arc(0.5, 0.32, 0.2, 0.17, -pi, 0.3), (0.3, 0.84)], [(0.3, 0.84), (0.72, 0.84)]],
    3: [[*arc(0.48, 0.32, 0.18, 0.17, -2.6, 1.4), *arc(0.48, 0.66, 0.21, 0.18, -1.4, 2.6)]],
    4: [[(0.45, 0.15), (0.3, 0.55), (0.72, 0.55)], [(0.6, 0.4), (0.58, 0.86)]],
    5: [[(0.68, 0.16), (0.38, 0.16), (0.36, 0.45), *arc(0.48, 0.63, 0.21, 0.2, -1.9, 2.4)]],
    6: [[(0.6, 0.14), (0.42, 0.35), (0.34, 0.6), *arc(0.5, 0.66, 0.17, 0.18, pi, 3 * pi)]],
    7: [[(0.28, 0.18), (0.7, 0.18), (0.45, 0.85)]],
    8: [arc(0.5, 0.32, 0.15, 0.16, pi / 2, 2.5 * pi), arc(0.5, 0.67, 0.19, 0.19, -pi / 2, 1.5 * pi)],
    9: [[*arc(0.5, 0.34, 0.17, 0.18, 0, 2 * pi), (0.66, 0.5), (0.6, 0.85)]],
}


def draw(digit: int, pen: int, size: float = 1.0, slant: float = 0.0, side: int = 280) -> np.ndarray:
    """Grey pixels (side, side), light on dark. A positive slant leans to the right."""
    image = Image.new("L", (side, side))
    brush = ImageDraw.Draw(image)
    for line in STROKES[digit]:
        points = [
            (side * (0.5 + size * (x - 0.5 + slant * (0.5 - y))), side * (0.5 + size * (y - 0.5))) for x, y in line
        ]
        brush.line(points, fill=255, width=pen, joint="curve")
        for x, y in (points[0], points[-1]):  # round ends
            brush.ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=255)
    return np.asarray(image)


def mean_difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference of grey levels; `a` is shifted by up to one pixel, as its centre may be rounded either way."""
    shifted = [np.roll(a, (y, x), (0, 1)).astype(float) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(float(np.abs(moved - b).mean()) for moved in shifted)
