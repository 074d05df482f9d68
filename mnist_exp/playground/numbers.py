"""Numbers as text for the page: weights as 16-bit integers with a scale per output row, everything in base64."""

from base64 import b64encode
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

LARGEST = 2**15 - 1  # of a signed 16-bit integer


@dataclass(frozen=True)
class Weight:
    """Where a layer's weights stand among the numbers of its network."""

    at: int  # the index of the first
    shape: list[int]  # outputs first
    scales: str  # what the integers of each output row are multiplied by


@dataclass
class Numbers:
    """The weights of one network as integers, one layer after another."""

    parts: list[np.ndarray] = field(default_factory=list)

    def add(self, weight: Tensor) -> Weight:
        """Append a layer's weights, (outputs, …)."""
        values = weight.detach().cpu().double().numpy()
        rows = values.reshape(len(values), -1)
        scales = (np.abs(rows).max(1, initial=0) / LARGEST).astype(np.float32)
        integers = np.rint(rows / np.where(scales == 0, 1, scales)[:, None])
        at = sum(part.size for part in self.parts)
        self.parts.append(integers.clip(-LARGEST, LARGEST).astype("<i2").ravel())
        return Weight(at, list(values.shape), encode(scales, "<f4"))

    def encoded(self) -> str:
        """All of them."""
        return encode(np.concatenate([np.zeros(0, "<i2"), *self.parts]), "<i2")


def encode(values: np.ndarray | Tensor, kind: str) -> str:
    """An array's bytes as base64; `kind` is a type of NumPy, such as "<f4" for 32-bit numbers."""
    array = values.detach().cpu().numpy() if isinstance(values, Tensor) else values
    return b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()


def encode_floats(values: np.ndarray | Tensor | None) -> str | None:
    """32-bit numbers as base64; None for None."""
    return None if values is None else encode(values, "<f4")
