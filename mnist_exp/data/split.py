"""A validation or test set that has every digit in proportion."""

import numpy as np


def stratified_split(labels: np.ndarray, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of `size` examples with the classes in proportion, and of the rest; both in rising order."""
    order = np.random.default_rng(seed).permutation(len(labels))
    depth = np.empty(len(labels))
    for label in np.unique(labels):
        own = order[labels[order] == label]
        depth[own] = (np.arange(len(own)) + 0.5) / len(own)
    # Taking the shallowest takes every class evenly, to within one example.
    by_depth = order[np.argsort(depth[order], kind="stable")]
    return np.sort(by_depth[:size]), np.sort(by_depth[size:])
