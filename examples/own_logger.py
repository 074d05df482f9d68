"""A Lightning logger that writes a line of JSON for each step with something to log.

    mnist-exp model=mlp logger=[tensorboard,./own_logger.py:JsonLines]

The file is metrics.jsonl in the run's folder. Any other Lightning logger works the same way.
"""

import json
from pathlib import Path

from lightning.pytorch.loggers import Logger


class JsonLines(Logger):
    """Appends to metrics.jsonl. `save_dir` is filled in: the run's folder."""

    name = "json_lines"
    version = 0

    def __init__(self, save_dir: str) -> None:
        super().__init__()
        self.path = Path(save_dir) / "metrics.jsonl"

    def log_hyperparams(self, params, *args, **kwargs) -> None:
        """Nothing to do: result.json has all settings."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps({"step": step, **metrics}) + "\n")
