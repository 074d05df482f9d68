"""What is seen of a sweep while it runs, whichever launcher runs it: a line for each run as its record appears,
and, on a terminal, the leaderboard so far below the lines."""

import shutil
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import mean
from typing import TextIO

from mnist_exp.runs.files import read, read_all
from mnist_exp.runs.record import Record
from mnist_exp.study.swept import network_label as label
from mnist_exp.study.leaderboard import leaderboard
from mnist_exp.sweeps.outline import duration
from mnist_exp.sweeps.plan import Job

POLL = 0.3  # seconds between looks


class Monitor(AbstractContextManager):
    """While the context lasts, tell of each of these runs when its result appears."""

    def __init__(self, sweep_dir: Path, jobs: Sequence[Job], reused: int, out: TextIO | None = None) -> None:
        self.sweep_dir, self.waiting = sweep_dir, list(jobs)
        self.total, self.varying = reused + len(jobs), varying(jobs)
        self.ended: list[Record] = []
        self.screen, self.began = Screen(out or sys.stdout), time.perf_counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_until_over, daemon=True)

    def __enter__(self) -> "Monitor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.look()  # at what ended since the last look
        self.screen.clear()

    def _look_until_over(self) -> None:
        while not self._over.wait(POLL):
            self.look()

    def look(self) -> None:
        found = {job.name: result for job in self.waiting if (result := read(self.sweep_dir / job.name))}
        if not found:
            return
        self.waiting = [job for job in self.waiting if job.name not in found]
        self.ended += found.values()
        self.screen.clear()
        count = self.total - len(self.waiting) - len(found)
        for result in found.values():
            count += 1
            besides = [override for override in result["overrides"] if override.split("=")[0] in self.varying]
            self.screen.say(f"[{count}/{self.total}] {line(result, besides)}{self._left()}")
        if self.screen.live and self.waiting:
            self.screen.draw(leaderboard(read_all(self.sweep_dir)))

    def _left(self) -> str:
        """How long the rest takes: runs like those that ended as long as they did, others as long as all on average."""
        if not self.waiting:
            return ""
        took: dict[tuple, list[float]] = {}
        for r in self.ended:
            took.setdefault((label(r), r["activation"]), []).append(r["total_seconds"])
        everything = [s for seconds in took.values() for s in seconds]
        kinds = [(job.record.experiment or job.record.model, job.record.activation) for job in self.waiting]
        work = sum(mean(took.get(kind, everything)) for kind in kinds)
        pace = (time.perf_counter() - self.began) / sum(everything)  # less than 1 where several run at once
        return f" · {duration(work * pace)} left"


def varying(jobs: Sequence[Job]) -> set[str]:
    """The keys, besides those that every line shows, to which the runs give several values, or some of them none."""
    values: dict[str, list[str]] = {}
    for key, _, value in (override.partition("=") for job in jobs for override in job.overrides):
        values.setdefault(key, []).append(value)
    some = {key for key, given in values.items() if len(set(given)) > 1 or len(given) < len(jobs)}
    return some - {"model", "model.activation", "seed"}


def line(result: Record, besides: Sequence[str] = ()) -> str:
    """cnn mish optimizer.lr=0.1 seed 1 · val 99.12 % · 14 s"""
    name = " ".join(filter(None, [result["model"], result["activation"], *besides, f"seed {result['seed']}"]))
    reached = "val" if result["val_acc"] is not None else "test"
    if result["status"] != "ok":
        how = f"{result['status']}: {str(result['error']).removeprefix('diverged: ')}"
        return f"{name} · {how} · {duration(result['total_seconds'])}"
    accuracy = f"{reached} {result[f'{reached}_acc']:.2%}".replace("%", " %")
    return f"{name} · {accuracy} · {duration(result['total_seconds'])}"


class Screen:
    """Lines that stay and, on a terminal, a block below them that is drawn over."""

    def __init__(self, out: TextIO) -> None:
        self.out, self.live, self._drawn = out, out.isatty(), 0

    def say(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    def draw(self, text: str) -> None:
        """Show a block until it is cleared, as much of it as fits."""
        columns, rows = shutil.get_terminal_size()
        lines = ["", *(row[: columns - 1] for row in text.splitlines())][: max(0, rows - 3)]
        self._drawn = len(lines)
        self.say("\n".join(lines))

    def clear(self) -> None:
        """Remove the block, and what a progress bar left in the line below it."""
        if self.live:
            up = f"\x1b[{self._drawn}A" if self._drawn else ""
            print(f"\r{up}\x1b[J", end="", file=self.out, flush=True)
            self._drawn = 0
