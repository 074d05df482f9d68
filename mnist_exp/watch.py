"""A line for each run of a sweep as it ends, whichever launcher runs it: seen by the record that it leaves."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from mnist_exp.record import read

POLL = 0.3  # seconds between looks


class Watch(AbstractContextManager):
    """While the context lasts, tell of each of these run directories when its result appears."""

    def __init__(self, run_dirs: Sequence[Path], reused: int, tell: Callable[[str], None]) -> None:
        self.waiting, self.done, self.total = list(run_dirs), reused, reused + len(run_dirs)
        self.reused, self.tell, self.began = reused, tell, time.perf_counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_until_over, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.look()  # at what ended since the last look

    def _look_until_over(self) -> None:
        while not self._over.wait(POLL):
            self.look()

    def look(self) -> None:
        for run_dir in list(self.waiting):
            if result := read(run_dir):
                self.waiting.remove(run_dir)
                self.done += 1
                self.tell(f"[{self.done}/{self.total}] {line(result)}{self._left()}")

    def _left(self) -> str:
        """How long the rest takes if it goes on like this."""
        each = (time.perf_counter() - self.began) / (self.done - self.reused)
        seconds = each * len(self.waiting)
        return f" · {duration(seconds)} left" if seconds else ""


def line(result: dict[str, Any]) -> str:
    """cnn mish seed 1 · val 99.12 % · 14 s"""
    name = " ".join(filter(None, [result["model"], result["activation"], f"seed {result['seed']}"]))
    reached = "val" if result["val_acc"] is not None else "test"
    outcome = (
        f"{reached} {result[f'{reached}_acc']:.2%}".replace("%", " %") if result["status"] == "ok" else result["status"]
    )
    return f"{name} · {outcome} · {duration(result['total_seconds'])}"


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def tell(text: str) -> None:
    """Print a line, over the progress bar that may stand there."""
    print(("\r\x1b[K" if sys.stdout.isatty() else "") + text, flush=True)
