"""What a worker of a launcher does beside its runs: it leaves signals to the main process, and ends with it."""

import os
import signal
import threading
import time
from functools import cache

import psutil

POLL_SECONDS = 1.0
MOST_GROWTH = 4 * 2**30  # bytes, from nothing to all that a run needs
TERMINATED = 128 + signal.SIGTERM


@cache
def follow(main: int) -> None:
    """Make this process a worker of the process with that id.

    Ctrl-C and a closed terminal reach all processes: the main one ends the others. SIGTERM ends a worker at once.
    A worker ends within a second or two when the main process has been killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(TERMINATED))
    threading.Thread(target=_end_with, args=(main,), daemon=True, name="follows the main process").start()


def start_in_loky(main: int) -> None:
    """Make a process of joblib a worker.

    Loky replaces a process that has grown by 300 MB since its first call. Here that call comes before PyTorch is
    loaded, which takes more.
    """
    from joblib.externals.loky import process_executor

    process_executor._MAX_MEMORY_LEAK_SIZE = MOST_GROWTH
    follow(main)


def _end_with(main: int) -> None:
    # When a process ends, its children get another parent: no id can be mistaken, and zombies count as ended.
    while any(ancestor.pid == main for ancestor in psutil.Process().parents()):
        time.sleep(POLL_SECONDS)
    os._exit(1)
