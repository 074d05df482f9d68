"""Contenders as processes, asked in turns: A B C, A B C, … so that a slow moment of the machine meets all of them."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from mnist_exp.config.schema import Config
from mnist_exp.data.datasets import load
from mnist_exp.errors import UserError

KERAS_SCRIPT = Path(__file__).with_name("keras_script.py")


@dataclass
class Contender:
    """A name, the command that starts it, and, once it has run, what it is and its seconds."""

    name: str
    command: Sequence[str]
    about: dict[str, Any] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.seconds)


def contenders(config: Config, folder: Path, keras: str | None, auto: str | None) -> list[Contender]:
    """Those that can run here: Keras where its interpreter is named, ours a second time where auto is not fp32."""
    told = folder / "config.json"
    told.write_text(json.dumps(config.to_dict()))
    here = [sys.executable, "-m", "mnist_exp.benchmark.contenders"]
    found = [Contender("ours", [*here, "ours", str(told)]), Contender("raw loop", [*here, "raw", str(told)])]
    found.append(Contender("plain Lightning", [*here, "lightning", str(told)]))
    if keras:
        digits = load(config.data.name, config.data.root)[0]
        np.savez(folder / "digits.npz", images=digits.images, labels=digits.labels)
        found.append(Contender("Keras", [keras, str(KERAS_SCRIPT), str(told), str(folder / "digits.npz")]))
    if auto:
        half = folder / "auto.json"
        half.write_text(json.dumps(replace(config, trainer=replace(config.trainer, precision=auto)).to_dict()))
        found.append(Contender(f"ours, {auto}", [*here, "ours", str(half)]))
    return found


def take_turns(entered: Sequence[Contender], turns: int) -> None:
    """Fill in everyone's seconds; the first turn warms up and does not count."""
    with ExitStack() as stack:
        running = [stack.enter_context(Process(one)) for one in entered]
        for process in running:
            process.introduce()
        for turn in range(turns + 1):
            for process in running:
                seconds, *_ = process.epoch()
                if turn:
                    process.contender.seconds.append(seconds)


class Process:
    """A contender at work."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender

    def __enter__(self) -> "Process":
        self.errors = tempfile.TemporaryFile("w+")
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.errors}
        try:
            self.process = subprocess.Popen(self.contender.command, text=True, **pipes)
        except OSError as error:
            self.errors.close()
            raise UserError(f"{self.contender.name} cannot be started: {error}.") from error
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self.errors.close()

    def introduce(self) -> None:
        self.contender.about = json.loads(self._line())

    def epoch(self) -> list[float]:
        """Its seconds, and whatever else it measures."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return [float(word) for word in self._line().split()]

    def _line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            said = self.errors.read().strip().splitlines() or ["nothing said"]
            raise UserError(f"{self.contender.name} stopped: {said[-1]}")
        return line
