"""Kill sweeps at random moments, continue them, and compare every result with that of an undisturbed sweep.

python -m tests.campaign.kills                       100 kills over all launchers, about 30 minutes
python -m tests.campaign.kills --kills 12 --launchers basic,joblib
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from tests.campaign.processes import MARK, marked, marked_environment, wait_until_gone

LAUNCHERS: dict[str, tuple[str, ...]] = {
    "basic": (),
    "joblib": ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2"),
    "submitit_local": ("hydra/launcher=submitit_local",),
    "ray": ("hydra/launcher=ray",),
}
# Six runs of four epochs; each stores its state after every epoch, so that kills also hit runs that were continued.
RUNS = (
    *("data=mnist5k", "model=mlp_deep", "model.activation=relu,mish", "seed=0,1,2", "trainer.max_epochs=4"),
    *("trainer.threads=1", "trainer.precision=32-true", "trainer.accelerator=cpu", "trainer.resume_every=0"),
    *("data.batch_size=8", "data.augment.shift=2", "sweep.name=killed"),
)
TARGETS = ("main", "worker", "group")
SIGNALS = {"KILL": (signal.SIGKILL, 1), "TERM": (signal.SIGTERM, 1), "INT": (signal.SIGINT, 2)}  # and how often
SECONDS_TO_END = 20  # for the processes that a kill leaves
# What a kill waits for, and the seconds that may pass then: also while a sweep starts.
MOMENTS = ((None, 10), ("run.log", 6), ("checkpoints/resume.ckpt", 2), ("checkpoints/resume.ckpt", 6))
COMPARED = (
    "status",
    "train_acc",
    "train_loss",
    "val_acc",
    "val_loss",
    "test_acc",
    "test_loss",
    "history",
    "best_epoch",
)


@dataclass
class Outcome:
    """What happened with one launcher."""

    kills: Counter[str] = field(default_factory=Counter)
    sweeps: int = 0
    continued: int = 0  # runs that went on from a stored epoch
    lost: int = 0
    doubled: int = 0
    different: int = 0
    processes: int = 0  # left after a kill

    @property
    def faults(self) -> int:
        return self.lost + self.doubled + self.different + self.processes


def start(folder: Path, launcher: str, mark: str) -> subprocess.Popen[bytes]:
    """The sweep, in a session of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mnist_exp", "-m", *RUNS, *LAUNCHERS[launcher]]
    with (folder / "output.txt").open("ab") as output:
        return subprocess.Popen(
            command, cwd=folder, env=marked_environment(mark), stdout=output, stderr=output, start_new_session=True
        )


def disturb(sweep: subprocess.Popen[bytes], target: str, name: str, mark: str, choose: random.Random) -> str:
    """Send a signal to the main process, another process of the sweep or the whole group; returns which."""
    number, times = SIGNALS[name]
    others = sorted((process for process in marked(mark) if process.pid != sweep.pid), key=lambda one: one.pid)
    if target == "worker" and others:
        with suppress(psutil.NoSuchProcess):
            choose.choice(others).send_signal(number)
        return "worker"
    for _ in range(times):
        with suppress(ProcessLookupError):
            os.killpg(sweep.pid, number) if target == "group" else sweep.send_signal(number)
        time.sleep(0.3)
    return "group" if target == "group" else "main"


def moment(folder: Path, sweep: subprocess.Popen[bytes], choose: random.Random) -> float:
    """Wait until a run has begun or has stored its state, and return how many seconds later a kill shall come."""
    seen, most = choose.choice(MOMENTS)
    began = time.time()
    while seen and sweep.poll() is None and time.time() < began + 90:
        if any(path.stat().st_mtime > began for path in folder.glob(f"multirun/killed/*/{seen}")):
            break
        time.sleep(0.1)
    return choose.uniform(0, most)


def results(folder: Path) -> dict[str, list[dict[str, object]]]:
    """What each run ended with, by the name of its directory."""
    found: dict[str, list[dict[str, object]]] = {}
    for path in folder.glob("multirun/killed/**/result.json"):
        record = json.loads(path.read_text())
        numbers = {name: record[name] for name in COMPARED}
        numbers["history"] = [_without_times(row) for row in record["history"]]
        with np.load(path.parent / "predictions.npz") as stored:
            numbers["predictions"] = stored["probabilities"].tobytes()
        found.setdefault(f"{record['activation']} {record['seed']}", []).append(numbers)
    return found


def _without_times(row: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in row.items() if "seconds" not in name}


def compare(outcome: Outcome, folder: Path, expected: Mapping[str, Sequence[dict[str, object]]]) -> None:
    """Count what is lost, doubled or different in a sweep that has ended."""
    found = results(folder)
    outcome.sweeps += 1
    outcome.lost += sum(name not in found for name in expected)
    outcome.doubled += sum(len(records) - 1 for records in found.values())
    outcome.different += sum(records[0] != expected[name][0] for name, records in found.items())
    logs = folder.glob("multirun/killed/*/run.log")
    outcome.continued += sum(path.read_text(errors="replace").count("ontinues after epoch") for path in logs)


def campaign(
    folder: Path,
    launcher: str,
    kills: int,
    expected: Mapping[str, Sequence[dict[str, object]]],
    typed: argparse.Namespace,
) -> Outcome:
    """Kill sweeps of one launcher until that many kills are done, and let each sweep end."""
    outcome, choose = Outcome(), random.Random(f"{launcher} {typed.seed}")
    while outcome.kills.total() < kills:
        place = folder / f"{launcher}_{outcome.sweeps}"
        in_this_sweep = min(choose.randint(1, 8), kills - outcome.kills.total())
        for number in range(in_this_sweep + 1):
            mark = f"{place}_{number}"
            sweep = start(place, launcher, mark)
            if number < in_this_sweep:
                try:
                    sweep.wait(moment(place, sweep, choose))
                except subprocess.TimeoutExpired:
                    killed = disturb(sweep, choose.choice(TARGETS), typed.signal, mark, choose)
                    outcome.kills[killed] += 1
                    if killed == "worker":  # the sweep goes on, or ends with an error
                        _wait(sweep)
            else:
                _wait(sweep)
            outcome.processes += wait_until_gone(mark, SECONDS_TO_END)
            if number < in_this_sweep and sweep.poll() == 0:
                break
        compare(outcome, place, expected)
        print(f"{launcher}: {outcome}", flush=True)
    return outcome


def _wait(sweep: subprocess.Popen[bytes]) -> None:
    try:
        sweep.wait(600)
    except subprocess.TimeoutExpired:
        print(f"hangs: {sweep.args!r}", flush=True)
        sweep.kill()


def undisturbed(folder: Path) -> dict[str, list[dict[str, object]]]:
    """The results of a sweep that nothing interrupts."""
    sweep = start(folder / "undisturbed", "basic", MARK)
    if sweep.wait() != 0:
        raise SystemExit((folder / "undisturbed" / "output.txt").read_text())
    return results(folder / "undisturbed")


def table(outcomes: Mapping[str, Outcome]) -> str:
    """The outcome as a Markdown table."""
    lines = [
        "| launcher | main | worker | group | sweeps | continued runs | lost | doubled | different | processes left |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, one in outcomes.items():
        counts = [*(one.kills[target] for target in TARGETS), one.sweeps, one.continued]
        faults = [one.lost, one.doubled, one.different, one.processes]
        lines.append(f"| {name} | {' | '.join(map(str, [*counts, *faults]))} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="in all")
    parser.add_argument("--launchers", default=",".join(LAUNCHERS))
    parser.add_argument("--signal", choices=SIGNALS, default="KILL", help="INT is sent twice")
    parser.add_argument("--seed", type=int, default=0)
    typed = parser.parse_args()
    launchers = typed.launchers.split(",")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = undisturbed(folder)
        outcomes = {one: campaign(folder, one, -(-typed.kills // len(launchers)), expected, typed) for one in launchers}
    print(table(outcomes))
    print(
        f"{sum(one.kills.total() for one in outcomes.values())} kills in {(time.monotonic() - began) / 60:.0f} minutes"
    )
    sys.exit(any(one.faults for one in outcomes.values()))


if __name__ == "__main__":
    main()
