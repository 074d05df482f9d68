"""Stratified validation and test sets: every class in proportion."""

import numpy as np


def stratified_split(labels: np.ndarray, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of `size` examples with the classes in proportion, and of all others; both ascending."""
    order = np.random.default_rng(seed).permutation(len(labels))
    rank = np.empty(len(labels))  # an example's relative position among the shuffled examples of its class
    for label in np.unique(labels):
        same_class = order[labels[order] == label]
        rank[same_class] = (np.arange(len(same_class)) + 0.5) / len(same_class)
    # The lowest ranks contain every class in proportion, to within one example.
    by_rank = order[np.argsort(rank[order], kind="stable")]
    return np.sort(by_rank[:size]), np.sort(by_rank[size:])
