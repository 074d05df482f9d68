"""The processes that a command has started, however far they have gone from it, found by a variable they inherit."""

import os
import time

import psutil

MARK = "MNIST_EXP_TEST_MARK"  # an environment variable


def marked_environment(mark: str) -> dict[str, str]:
    """This environment, with the variable that marks a command and all processes it starts."""
    return {**os.environ, MARK: mark}


def marked(mark: str) -> list[psutil.Process]:
    """The living processes with this mark."""
    return [process for process in psutil.process_iter() if _mark_of(process) == mark]


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def wait_until_gone(mark: str, seconds: float) -> int:
    """Wait until no process has this mark; kill those that remain, and return how many there were."""
    until = time.monotonic() + seconds
    while (left := marked(mark)) and time.monotonic() < until:
        time.sleep(0.2)
    for process in left:
        try:
            print(f"left: {process.pid} {' '.join(process.cmdline())[:200]}", flush=True)
            process.kill()
        except psutil.NoSuchProcess:
            continue
    return len(left)
