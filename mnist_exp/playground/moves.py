"""Functions that only move numbers: flatten, view, permute, slices, padding with zeros, dropout that is switched off.

They are recognised by trying them out.
"""

import numpy as np
import torch
from torch import Tensor

from mnist_exp.playground.recorder import Call

ZERO = -1  # stands for a zero where numbers are taken from places


def moved_from(call: Call) -> np.ndarray | None:
    """From which place of one example's input each number of its output comes; None if the function does more."""
    first, second = _places(call, 0), _places(call, 1)
    return _equal(first, second)


def _equal(first: np.ndarray | None, *others: np.ndarray | None) -> np.ndarray | None:
    """The first array if the others are equal to it."""
    same = first is not None and all(other is not None and np.array_equal(other, first) for other in others)
    return first if same else None


def _places(call: Call, seed: int) -> np.ndarray | None:
    """The same as it seems from one batch, in which no two numbers are equal and none is zero."""
    examples, size = len(call.inputs), call.inputs[0].numel()
    count = examples * size
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    given = ((order - count // 2).float() + 0.5).reshape(call.inputs.shape)
    try:
        moved = call.apply(given.clone()).detach()
    except (RuntimeError, ValueError, IndexError, TypeError):
        return None
    if moved.dtype != given.dtype or moved.dim() == 0 or len(moved) != examples:
        return None
    rows = [_find(given[i], moved[i]) for i in range(examples)]
    return _equal(rows[0], *rows[1:])


def _find(given: Tensor, moved: Tensor) -> np.ndarray | None:
    """Where in one array the numbers of another are; None if some are not there."""
    here, wanted = given.flatten().numpy(), moved.flatten().numpy()
    order = np.argsort(here)
    places = order[np.searchsorted(here[order], wanted).clip(0, len(here) - 1)]
    places = np.where(wanted == 0, ZERO, places)
    return places if bool(((here[places] == wanted) | (wanted == 0)).all()) else None
