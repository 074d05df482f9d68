"""Data from a function: pictures of circles, squares and crosses, drawn with NumPy.

With its settings in conf/data/own_data.yaml:

    mnist-exp -m --config-dir conf data=own_data model=softmax,mlp,cnn

Without that file, with the default values below:

    mnist-exp data=./own_data.py:draw_shapes data.noise=100 model=mlp
"""

import numpy as np

CLASSES = ["circle", "square", "cross"]
Examples = tuple[np.ndarray, np.ndarray]


def draw_shapes(
    n_train: int = 3000, n_test: int = 600, size: int = 28, noise: int = 60
) -> tuple[Examples, Examples, list[str]]:
    """Training images and labels, test images and labels, and the names of the classes.

    Images are uint8 (n, height, width), or (n, height, width, 3) in colour. Labels are numbers from 0.
    """
    rng = np.random.default_rng(0)  # the same images at every call
    return _draw(n_train, size, noise, rng), _draw(n_test, size, noise, rng), CLASSES


def _draw(n: int, size: int, noise: int, rng: np.random.Generator) -> Examples:
    labels = np.arange(n) % len(CLASSES)
    centre = rng.uniform(0.35 * size, 0.65 * size, (2, n, 1, 1))
    radius = rng.uniform(0.15 * size, 0.3 * size, (n, 1, 1))
    row, column = np.abs(np.indices((size, size))[:, np.newaxis] - centre)
    square = np.maximum(row, column) < radius
    circle = np.hypot(row, column) < radius
    cross = square & (np.minimum(row, column) < radius / 3)
    shapes = np.stack([circle, square, cross])[labels, np.arange(n)]
    light = np.where(shapes, 255 - noise, 0) + rng.integers(0, noise + 1, shapes.shape)
    return light.astype(np.uint8), labels
