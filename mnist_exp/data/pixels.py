"""The order of an image's axes."""

import numpy as np


def channels_first(images: np.ndarray) -> np.ndarray:
    """Images (n, h, w) or (n, h, w, c) as (n, c, h, w), the order that PyTorch uses."""
    if images.ndim == 3:
        return images[:, np.newaxis]
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
