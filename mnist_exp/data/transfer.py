"""What the CPU draws for a batch, on its way to the device that trains."""

import torch
from torch import Tensor


def to_device(drawn: Tensor, device: torch.device) -> Tensor:
    """Pinned memory a GPU fetches in its turn; for any other the CPU would wait until all queued steps are done."""
    return drawn.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else drawn.to(device)
