"""What a sweep prints while it runs, with any launcher: a line for each run as its record appears.

On a terminal, a leaderboard of the runs that have ended is kept up to date below these lines.
"""

import shutil
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import mean
from typing import TextIO

from mnist_exp.runs.chance import did_not_learn
from mnist_exp.runs.files import read_record, read_records
from mnist_exp.runs.record import Record
from mnist_exp.study.leaderboard import leaderboard
from mnist_exp.study.seed_sources import split_by_source
from mnist_exp.study.swept_settings import network_label as label
from mnist_exp.sweeps.outline import duration
from mnist_exp.sweeps.plan import Job

POLL_SECONDS = 0.3


class Monitor(AbstractContextManager["Monitor"]):
    """While the context lasts, print a line for each run when its record appears."""

    def __init__(self, sweep_dir: Path, jobs: Sequence[Job], reused: int, out: TextIO | None = None) -> None:
        self.sweep_dir, self.waiting = sweep_dir, list(jobs)
        self.total, self.swept_keys = reused + len(jobs), varying_keys(jobs)
        self.ended: list[Record] = []
        self.screen, self.began = Screen(out or sys.stdout), time.perf_counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> "Monitor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.update()  # what ended since the last poll
        self.screen.clear_block()

    def _poll(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self.update()

    def update(self) -> None:
        """Print the runs that have ended since the last call."""
        found = {job.name: record for job in self.waiting if (record := read_record(self.sweep_dir / job.name))}
        if not found:
            return
        self.waiting = [job for job in self.waiting if job.name not in found]
        self.ended += found.values()
        self.screen.clear_block()
        first = self.total - len(self.waiting) - len(found) + 1
        for number, record in enumerate(found.values(), start=first):
            self.screen.print_line(f"[{number}/{self.total}] {self._describe(record)}{self._time_left()}")
        if self.screen.is_terminal and self.waiting:
            self.screen.draw_block(leaderboard(split_by_source(read_records(self.sweep_dir))[0]))

    def _describe(self, record: Record) -> str:
        return describe_run(record, [o for o in record.overrides if o.split("=")[0] in self.swept_keys])

    def _time_left(self) -> str:
        """How long the other runs take: as long as ended runs of their kind, or else as all of them on average."""
        if not self.waiting:
            return ""
        seconds: dict[tuple[str, str | None], list[float]] = {}
        for record in self.ended:
            seconds.setdefault((label(record), record.activation), []).append(record.total_seconds or 0.0)
        all_seconds = [s for kind in seconds.values() for s in kind]
        work = sum(mean(seconds.get((label(job.record), job.record.activation), all_seconds)) for job in self.waiting)
        pace = (time.perf_counter() - self.began) / sum(all_seconds)  # less than 1 where runs are parallel
        return f" · {duration(work * pace)} left"


def varying_keys(jobs: Sequence[Job]) -> set[str]:
    """The keys that have several values among the runs, or that only some runs set; not those shown in every line."""
    values: dict[str, list[str]] = {}
    for key, _, value in (override.partition("=") for job in jobs for override in job.overrides):
        values.setdefault(key, []).append(value)
    varying = {key for key, given in values.items() if len(set(given)) > 1 or len(given) < len(jobs)}
    return varying - {"model", "model.activation", "seed"}


def describe_run(record: Record, settings: Sequence[str] = ()) -> str:
    """cnn mish optimizer.lr=0.1 seed 1 · val 99.12 % · 14 s"""
    name = " ".join(filter(None, [record.model, record.activation, *settings, f"seed {record.seed}"]))
    return f"{name} · {_outcome(record)} · {duration(record.total_seconds or 0.0)}"


def _outcome(record: Record) -> str:
    if record.status != "ok":
        return f"{record.status}: {(record.error or '').removeprefix('diverged: ')}"
    name, accuracy = ("test", record.test_acc) if record.val_acc is None else ("val", record.val_acc)
    text = f"{name} {accuracy:.2%}".replace("%", " %")
    return f"{text} · did not learn" if did_not_learn(record) else text


class Screen:
    """Lines that stay and, on a terminal, a block below them that is redrawn."""

    def __init__(self, out: TextIO) -> None:
        self.out, self.is_terminal, self._block_lines = out, out.isatty(), 0

    def print_line(self, text: str) -> None:
        """Print a line that stays."""
        print(text, file=self.out, flush=True)

    def draw_block(self, text: str) -> None:
        """Show a block until it is cleared, cut to the size of the terminal."""
        columns, rows = shutil.get_terminal_size()
        lines = ["", *(row[: columns - 1] for row in text.splitlines())][: max(0, rows - 3)]
        self._block_lines = len(lines)
        self.print_line("\n".join(lines))

    def clear_block(self) -> None:
        """Remove the block, and what a progress bar left in the line below it."""
        if self.is_terminal:
            up = f"\x1b[{self._block_lines}A" if self._block_lines else ""
            print(f"\r{up}\x1b[J", end="", file=self.out, flush=True)
            self._block_lines = 0
