"""Other accidents than kills: a removed folder, a folder that cannot be written, two sweeps in one folder.

python -m tests.campaign.disturbances                about two minutes
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.campaign.kills import LAUNCHERS, results, start
from tests.campaign.processes import wait_until_gone

SECONDS_TO_END = 20


def removed_folder(folder: Path, launcher: str) -> str:
    """The sweep's folder is removed after the first run; the same command then starts anew."""
    sweep = start(folder, launcher, "removed")
    while not results(folder) and sweep.poll() is None:
        time.sleep(0.1)
    shutil.rmtree(folder / "multirun", ignore_errors=True)
    sweep.wait()
    return _judge(folder, sweep, "removed", again=launcher)


def read_only_folder(folder: Path, launcher: str) -> str:
    """Nothing can be written to the folder of the sweep, a file system that is mounted read-only."""
    target = folder / "multirun"
    target.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(target)], capture_output=True)
    if mounted.returncode:
        return "not tried: mounting needs root"
    try:
        sweep = start(folder, launcher, "read-only")
        sweep.wait()
        refused = _judge(folder, sweep, "read-only")
    finally:
        subprocess.run(["umount", str(target)], check=True)
    return refused


def two_sweeps(folder: Path, launcher: str) -> str:
    """A second sweep in the folder of one that is running is refused, and the first one ends as usual."""
    first = start(folder, launcher, "first")
    while not (folder / "multirun" / "killed" / "plan.json").exists() and first.poll() is None:
        time.sleep(0.1)
    second = start(folder, launcher, "second")
    second.wait()
    refused = _judge(folder, second, "second")
    first.wait()
    finished = first.returncode == 0 and len(results(folder)) == 6
    return refused if finished else f"{refused}; the first sweep ended with {first.returncode}"


def _judge(folder: Path, sweep: subprocess.Popen[bytes], mark: str, again: str | None = None) -> str:
    """What is wrong with how a sweep ended, or "ok" and its last line."""
    output = (folder / "output.txt").read_text(errors="replace")
    faults = [
        *(["exit 0"] if sweep.returncode == 0 else []),
        *(["a traceback"] if "Traceback" in output else []),
        *([f"{left} processes left"] if (left := wait_until_gone(mark, SECONDS_TO_END)) else []),
    ]
    if again is not None:
        repeated = start(folder, again, "again")
        if repeated.wait() or len(results(folder)) != 6:
            faults.append(f"the same command ends with {repeated.returncode}")
    return ", ".join(faults) or f"ok: {output.strip().splitlines()[-1][:150]}"


ACCIDENTS: dict[str, Callable[[Path, str], str]] = {
    "removed folder": removed_folder,
    "read-only folder": read_only_folder,
    "two sweeps": two_sweeps,
}


def main() -> None:
    """Print a line for each accident with each launcher."""
    with tempfile.TemporaryDirectory() as name:
        for launcher in LAUNCHERS:
            for number, (accident, cause) in enumerate(ACCIDENTS.items()):
                print(f"{launcher} · {accident} · {cause(Path(name, f'{launcher}_{number}'), launcher)}", flush=True)


if __name__ == "__main__":
    main()
