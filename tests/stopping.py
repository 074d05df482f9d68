"""Stop a sweep by a signal while it runs, and see what is left."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.campaign.processes import marked_environment, wait_until_gone

LAUNCHERS: dict[str, tuple[str, ...]] = {
    "basic": (),
    "joblib": ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2"),
    "submitit_local": ("hydra/launcher=submitit_local",),
    "ray": ("hydra/launcher=ray",),
}
PACKAGES = {"submitit_local": "submitit", "ray": "ray"}  # that a launcher needs; the others are always there
TARGETS = ("main", "group")
EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -signal.SIGKILL}
SECONDS_TO_END = {"ray": 20.0}  # from the signal to the end of the main process; 10 for the others
SECONDS_AFTER_KILL = 15  # for the workers
# More short runs than end before the signal.
RUN = ("data=mnist5k", "model=softmax", "trainer.max_epochs=1", "trainer.accelerator=cpu", "trainer.threads=1")
SWEEP = ("-m", *RUN, "diagnostics.probe_every=0", "seed=range(30)", "sweep.name=stopped")
SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Outcome:
    """How a command ended after a signal."""

    launcher: str
    exit_code: int
    seconds: float  # from the signal to the end of the main process
    output: str
    errors: str
    processes_left: int
    files_left: set[str]  # in temporary folders and shared memory, made by these processes

    def faults(self, number: signal.Signals, folder: Path) -> list[str]:
        """What is not as docs/sweeps.md says, of a sweep."""
        killed = number == signal.SIGKILL
        continues = "Interrupted. To continue: python -m mnist_exp -m " in self.errors
        return [
            *([f"exit code {self.exit_code}"] if self.exit_code != EXIT_CODES[number] else []),
            *([f"{self.seconds:.0f} s"] if self.seconds > _most_seconds(self.launcher) else []),
            *([f"{self.processes_left} processes left"] if self.processes_left else []),
            *([f"left: {', '.join(sorted(self.files_left))}"] if self.files_left and not killed else []),
            *(["no command to continue"] if not killed and not continues else []),
            *(["no results.csv"] if not killed and not (folder / "multirun/stopped/results.csv").is_file() else []),
            *([f"stderr: {self.errors}"] if "Traceback" in self.errors else []),
            # After SIGKILL joblib's tracker says what it removes.
            *([f"stderr: {self.errors}"] if "leaked" in self.errors and not killed else []),
        ]


def _most_seconds(launcher: str) -> float:
    """How long an end may take; longer while others use this machine too."""
    return SECONDS_TO_END.get(launcher, 10.0) * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Command:
    """The command in a session of its own. Its output goes to files, its temporary files to a folder."""

    def __init__(self, folder: Path, *arguments: str, **options: object) -> None:
        self.folder, self.mark = folder, uuid4().hex
        self.launcher = next((name for name, typed in LAUNCHERS.items() if typed and typed[0] in arguments), "basic")
        self.temporary = Path("/tmp", f"mx{self.mark[:8]}")  # short: the names of Ray's sockets are limited
        self.temporary.mkdir()
        environment = marked_environment(self.mark)
        environment |= {"TMPDIR": str(self.temporary), "RAY_TMPDIR": str(self.temporary), "OMP_NUM_THREADS": "1"}
        environment["TORCHINDUCTOR_CACHE_DIR"] = str(folder / "inductor")  # which torch keeps, in TMPDIR otherwise
        with (folder / "output").open("w") as output, (folder / "errors").open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mnist_exp", *arguments],
                cwd=folder,
                env=environment,
                start_new_session=True,
                preexec_fn=_default_signals,
                **{"stdout": output, "stderr": errors, **options},  # type: ignore[call-overload]
            )

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text(errors="replace")

    @property
    def errors(self) -> str:
        return (self.folder / "errors").read_text(errors="replace")

    def wait_for(self, text: str, seconds: float = 300) -> None:
        """Wait until the command has printed this."""
        until = time.monotonic() + seconds
        while text not in self.output:
            assert self.process.poll() is None, self.output + self.errors
            assert time.monotonic() < until, f"{text} was not printed: {self.output}{self.errors}"
            time.sleep(0.05)

    def stop(self, number: signal.Signals, target: str = "main") -> Outcome:
        """Send a signal to the main process or to its group, and wait for the end of all processes."""
        began = time.monotonic()
        (os.killpg if target == "group" else os.kill)(self.process.pid, number)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            code = 0
        seconds = time.monotonic() - began
        return self.end(code, seconds, SECONDS_AFTER_KILL if number == signal.SIGKILL else 1)

    def end(self, code: int, seconds: float, for_others: float = 1) -> Outcome:
        """How the command has ended, after that many seconds more for its other processes."""
        left = wait_until_gone(self.mark, for_others)
        return Outcome(self.launcher, code, seconds, self.output, self.errors, left, self._files_left())

    def _files_left(self) -> set[str]:
        left = {path.name for path in self.temporary.iterdir()}
        if SHARED_MEMORY.is_dir():  # the names of joblib's files have the id of the main process
            own = re.compile(rf"(?<!\d){self.process.pid}(?!\d)")
            left |= {path.name for path in SHARED_MEMORY.iterdir() if own.search(path.name)}
        for path in sorted(self.temporary.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        self.temporary.rmdir()
        return left


def stop_sweep(folder: Path, launcher: str, number: signal.Signals, target: str) -> Outcome:
    """Start a sweep, send the signal after its first run, and wait for the end of all processes."""
    command = Command(folder, *SWEEP, *LAUNCHERS[launcher])
    command.wait_for("[1/30]")
    return command.stop(number, target)


def _default_signals() -> None:
    """A background job of a shell ignores SIGINT, and so do the processes that it starts."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def all_cases() -> Sequence[tuple[str, signal.Signals, str]]:
    """Each launcher with each signal to each target. A killed group has no process that could be left."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    stopped = [(name, number, target) for name in LAUNCHERS for number in signals for target in TARGETS]
    return [*stopped, *((name, signal.SIGKILL, target) for name in LAUNCHERS for target in TARGETS)]
