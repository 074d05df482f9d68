"""Copying random numbers that the CPU drew for a batch to the device that trains."""

import torch
from torch import Tensor


def to_device(values: Tensor, device: torch.device) -> Tensor:
    """A copy on the device. Pinned memory lets a GPU copy later; otherwise the CPU would wait for all queued work."""
    return values.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else values.to(device)
