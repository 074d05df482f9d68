"""How Lightning writes checkpoints here: completely or not at all. Its own way copies them from another folder."""

from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from mnist_exp.atomic_files import write_bytes


class AtomicCheckpointIO(TorchCheckpointIO):
    """Reads as Lightning does."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Write a checkpoint; its folder is created."""
        content = BytesIO()
        torch.save(checkpoint, content)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_bytes(Path(path), content.getbuffer())
