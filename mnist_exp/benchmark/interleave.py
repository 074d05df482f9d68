"""Contenders as processes that train in turns: A B C, A B C, … so that a temporary slowdown affects all."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Self

import numpy as np

from mnist_exp.config.schema import Config
from mnist_exp.data.datasets import load
from mnist_exp.errors import UserError
from mnist_exp.runs.files import write_json

KERAS_SCRIPT = Path(__file__).with_name("keras_script.py")


@dataclass
class Contender:
    """A name, the command that starts it, and, once it has run, its versions and the seconds of its epochs."""

    name: str
    command: Sequence[str]
    versions: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of its seconds."""
        return median(self.seconds)


def available_contenders(config: Config, folder: Path, keras: str | None, auto: str | None) -> list[Contender]:
    """Those that can run on this machine, ours first.

    Args:
        config: What they train.
        folder: Where their input files are written.
        keras: A Python interpreter that has Keras; without it Keras does not take part.
        auto: What trainer.precision=auto means here, if that is not fp32: ours takes part a second time with it.
    """
    path, auto_path, digits_path = folder / "config.json", folder / "auto.json", folder / "digits.npz"
    write_json(path, config.to_dict())
    command = [sys.executable, "-m", "mnist_exp.benchmark.contenders"]
    names = {"ours": "ours", "plain PyTorch loop": "plain_pytorch", "plain Lightning": "lightning"}
    contenders = [Contender(name, [*command, function, str(path)]) for name, function in names.items()]
    if keras:
        digits = load(config.data)[0]
        np.savez(digits_path, images=digits.images, labels=digits.labels)
        contenders.append(Contender("Keras", [keras, str(KERAS_SCRIPT), str(path), str(digits_path)]))
    if auto:
        write_json(auto_path, replace(config, trainer=replace(config.trainer, precision=auto)).to_dict())
        contenders.append(Contender(f"ours, {auto}", [*command, "ours", str(auto_path)]))
    return contenders


def run_in_turns(contenders: Sequence[Contender], turns: int) -> None:
    """Fill in the versions and seconds of each; the first turn warms up and does not count.

    Raises:
        UserError: A contender cannot be started, or it stopped.
    """
    with ExitStack() as stack:
        processes = [stack.enter_context(ContenderProcess(one)) for one in contenders]
        for process in processes:
            process.contender.versions = process.read_versions()
        for turn in range(turns + 1):
            for process in processes:
                seconds, *_ = process.train_epoch()
                if turn:
                    process.contender.seconds.append(seconds)


class ContenderProcess:
    """A running contender. It prints its versions as JSON, then a line of numbers for each line that it reads."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender

    def __enter__(self) -> Self:
        self.errors = tempfile.TemporaryFile("w+")
        pipe = subprocess.PIPE
        try:
            self.process: subprocess.Popen[str] = subprocess.Popen(
                self.contender.command, text=True, stdin=pipe, stdout=pipe, stderr=self.errors
            )
        except OSError as error:
            self.errors.close()
            raise UserError(f"{self.contender.name} cannot be started: {error}.") from error
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self.errors.close()

    def read_versions(self) -> dict[str, str]:
        """Its first line: the packages that it uses, with their versions."""
        versions: dict[str, str] = json.loads(self._read_line())
        return versions

    def train_epoch(self) -> list[float]:
        """Let it train an epoch: the seconds, then whatever else it measures."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return [float(number) for number in self._read_line().split()]

    def _read_line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            lines = self.errors.read().strip().splitlines() or ["no message"]
            raise UserError(f"{self.contender.name} stopped: {lines[-1]}")
        return line
