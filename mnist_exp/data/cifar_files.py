"""The batch files of CIFAR-10: Python pickles, read without running anything that a file names."""

import pickle
from io import BytesIO
from typing import Any

import numpy as np
from numpy._core import multiarray


class _UnpicklerOfArrays(pickle.Unpickler):
    """Makes dictionaries, lists, strings, numbers and uint8 arrays, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """The three names that a pickled array needs. Raises pickle.UnpicklingError for any other."""
        if (module, name) == ("numpy", "dtype"):
            return _uint8  # not NumPy's own, which makes arrays of any type
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return multiarray._reconstruct
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def _uint8(kind: str, *_: Any) -> "np.dtype[Any]":
    if kind != "u1":
        raise pickle.UnpicklingError(f"it has an array of type {kind}")
    return np.dtype(np.uint8)


def parse_cifar_batch(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The images (n, 32, 32, 3) and labels (n,) in the content of a batch file.

    Raises:
        ValueError: The content is something else. The message says why.
    """
    try:
        batch = _UnpicklerOfArrays(BytesIO(content), encoding="latin1").load()
        # A row has all red values of an image, then all green and all blue ones.
        images = np.ascontiguousarray(batch["data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        return images, np.array(batch["labels"], np.uint8)
    except Exception as error:  # a pickle can fail in any way
        raise ValueError(f"it is not a batch file of CIFAR-10 ({error})") from error
