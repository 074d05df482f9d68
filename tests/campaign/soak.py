"""Many short runs in one sweep: memory, open files, threads and processes stay as they are, and nothing is left.

python -m tests.campaign.soak --runs 300                     300 in one process and 300 by joblib: about 10 minutes
"""

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, median

import psutil

from tests.campaign.processes import marked
from tests.stopping import LAUNCHERS, RUN, Command

WARM_UP = 30  # runs that fill caches
MOST_GROWTH = 20  # megabytes
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Sample:
    """A process of the sweep at a moment."""

    runs: int  # that have ended in the whole sweep
    megabytes: float
    files: int
    threads: int


@dataclass(frozen=True)
class Soaked:
    """What one process did over many runs."""

    name: str
    samples: Sequence[Sample]

    def _ends(self, quantity: str, typical: Callable[[Sequence[float]], float], share: int = 10) -> tuple[float, float]:
        """What is typical of the first and of the last samples, a tenth of them or another share."""
        count = max(3, len(self.samples) // share)
        values = [getattr(sample, quantity) for sample in self.samples]
        return typical(values[:count]), typical(values[-count:])

    @property
    def growth(self) -> float:
        first, last = self._ends("megabytes", median)
        return last - first

    @property
    def slope(self) -> float:
        """Megabytes per 100 runs."""
        return 100 * linear_regression([s.runs for s in self.samples], [s.megabytes for s in self.samples]).slope

    @property
    def faults(self) -> list[str]:
        # The least of many samples: within a run there are more.
        more = {quantity: self._ends(quantity, min, 3) for quantity in ("files", "threads")}
        return [
            *([f"{self.name} grows by {self.growth:.0f} MB"] if self.growth > MOST_GROWTH else []),
            *(f"{self.name}: {name} {first:.0f} → {last:.0f}" for name, (first, last) in more.items() if last > first),
        ]

    def row(self) -> str:
        low, high = self._ends("megabytes", median)
        files, threads = self._ends("files", min, 3), self._ends("threads", min, 3)
        numbers = [f"{low:.0f} → {high:.0f}", f"{self.growth:+.1f}", f"{self.slope:+.2f}"]
        numbers += [f"{first:.0f} → {last:.0f}" for first, last in (files, threads)]
        return f"| {self.name} | {' | '.join(numbers)} |"


HEAD = """\
| process | RSS, MB | growth | per 100 runs | open files | threads |
|---|---:|---:|---:|---:|---:|"""


def soak(folder: Path, launcher: str, runs: int, warm_up: int) -> tuple[list[Soaked], list[str]]:
    """Run a sweep of so many runs. Returns the processes that had several samples, and what is wrong."""
    began = time.monotonic()
    command = Command(folder, "-m", *RUN, f"seed=range({runs})", "sweep.name=soak", *LAUNCHERS[launcher])
    taken: dict[str, list[Sample]] = {}
    for sample_of in _samples(command, runs, warm_up):
        for name, sample in sample_of.items():
            taken.setdefault(name, []).append(sample)
    outcome = command.end(command.process.wait(), time.monotonic() - began)
    processes = [Soaked(f"{launcher}: {name}", samples) for name, samples in taken.items() if len(samples) > 5]
    faults = [fault for process in processes for fault in process.faults]
    faults += [f"exit code {outcome.exit_code}: {outcome.errors}"] if outcome.exit_code else []
    faults += [f"{outcome.processes_left} processes left"] if outcome.processes_left else []
    faults += [f"left: {', '.join(sorted(outcome.files_left))}"] if outcome.files_left else []
    return processes, faults


def _samples(command: Command, runs: int, warm_up: int) -> Iterator[dict[str, Sample]]:
    """What each process has between the warm-up and the last run; the study that follows loads more code."""
    while (done := _runs_done(command.output)) < runs and command.process.poll() is None:
        if done >= warm_up:
            yield {
                _name(process, command): sample
                for process in marked(command.mark)
                if (sample := _sample(process, done))
            }
        time.sleep(POLL_SECONDS)


def _runs_done(output: str) -> int:
    return max(map(int, re.findall(r"^\[(\d+)/", output, re.MULTILINE)), default=0)


def _name(process: psutil.Process, command: Command) -> str:
    return "main" if process.pid == command.process.pid else f"process {process.pid}"


def _sample(process: psutil.Process, runs: int) -> Sample | None:
    try:
        with process.oneshot():
            return Sample(runs, process.memory_info().rss / 2**20, process.num_fds(), process.num_threads())
    except psutil.Error:
        return None


def main() -> None:
    """Print a row for each process; exit 1 if one grows or anything is left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--launchers", default="basic,joblib")
    typed = parser.parse_args()
    print(HEAD)
    all_faults = []
    for launcher in typed.launchers.split(","):
        with tempfile.TemporaryDirectory() as name:
            processes, faults = soak(Path(name), launcher, typed.runs, min(WARM_UP, typed.runs // 3))
        print(*(process.row() for process in processes), sep="\n", flush=True)
        all_faults += faults
    print("\n".join(all_faults) or "Nothing grows, and nothing is left.")
    sys.exit(bool(all_faults))


if __name__ == "__main__":
    main()
