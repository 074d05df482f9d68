"""Images as NumPy arrays, (n, h, w) or (n, h, w, c), → the layout of PyTorch, (n, c, h, w)."""

import numpy as np


def channels_first(images: np.ndarray) -> np.ndarray:
    """Grey images (n, h, w) or images with channels (n, h, w, c) as (n, c, h, w): a view, or a contiguous copy."""
    return images[:, np.newaxis] if images.ndim == 3 else np.ascontiguousarray(np.moveaxis(images, -1, 1))
