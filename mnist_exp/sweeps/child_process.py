"""A command in a process of its own, for the Python API: its output line by line, and its end after Ctrl-C."""

import signal
import subprocess
from collections.abc import Callable, Sequence
from tempfile import TemporaryFile
from typing import IO

# After Ctrl-C: how many seconds to wait for the end of the process before it gets the signal. In a terminal and in
# Jupyter it has got SIGINT as well by then. A second one would end it without its tables.
STOPPING = ((10, signal.SIGINT), (60, signal.SIGTERM), (5, signal.SIGKILL))


def run_command(command: Sequence[str], show: Callable[[str], None]) -> tuple[int, list[str]]:
    """Run a command until it ends. After KeyboardInterrupt, or any other exception, the command is ended first.

    Args:
        command: the program and its arguments.
        show: gets each line of its stdout; after an exception also what it wrote to stderr.

    Returns:
        The exit code and the lines of stderr.
    """
    # stderr is a file: the process would wait for ever for a reader if it filled a pipe while stdout is read.
    with (
        TemporaryFile("w+", errors="replace") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace") as process,
    ):
        assert process.stdout
        try:
            for line in process.stdout:
                show(line)
            code = process.wait()
        except BaseException:
            rest = _end(process)
            show(rest + _content(errors))
            raise
        return code, _content(errors).strip().splitlines()


def _end(process: subprocess.Popen[str]) -> str:
    """Wait for the end of a process and return the rest of its stdout. Enforce it after a while or another Ctrl-C."""
    for seconds, number in STOPPING:
        try:
            return process.communicate(timeout=seconds)[0]
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.send_signal(number)
    process.wait()
    return ""


def _content(file: IO[str]) -> str:
    file.seek(0)
    return file.read()
