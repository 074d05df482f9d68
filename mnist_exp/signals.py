"""SIGINT, SIGTERM and SIGHUP: each ends the command as Ctrl-C does, and a second one ends it at once."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import psutil

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# `timeout`, service managers and terminals send a signal to the process and again to its group: that is one request.
ONE_REQUEST_SECONDS = 1.0


class Ending:
    """Which signal ends this process."""

    def __init__(self) -> None:
        self.signal = signal.SIGINT  # KeyboardInterrupt without a signal comes from Ctrl-C in a library
        self._began: float | None = None

    @property
    def has_begun(self) -> bool:
        return self._began is not None

    @property
    def exit_code(self) -> int:
        """As a shell has it for a program that was ended by this signal."""
        return 128 + self.signal

    @property
    def message(self) -> str:
        return "Interrupted." if self.signal == signal.SIGINT else f"Interrupted by {self.signal.name}."

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """The handler of all these signals. Raises KeyboardInterrupt for the first one."""
        if self._began is None:
            self.signal, self._began = signal.Signals(number), time.monotonic()
            _leave_closed_terminal()
            raise KeyboardInterrupt
        if number != signal.SIGHUP and time.monotonic() - self._began > ONE_REQUEST_SECONDS:
            _exit_at_once(self.exit_code)


_endings: list[Ending] = []  # of handled() in progress


@contextmanager
def handled() -> Iterator[Ending]:
    """While the context lasts, these signals raise KeyboardInterrupt, except those that are ignored (nohup does so)."""
    ending = Ending()
    _endings.append(ending)
    with handlers_restored(), _quiet_destructors(ending):
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    signal.signal(number, ending.handle)
        try:
            yield ending
        finally:
            _endings.remove(ending)


@contextmanager
def _quiet_destructors(ending: Ending) -> Iterator[None]:
    """Python prints what a destructor raises. Not KeyboardInterrupt, which raise_lost_interrupt raises again."""
    before = sys.unraisablehook

    def print_others(unraisable: "sys.UnraisableHookArgs") -> None:
        if not (ending.has_begun and isinstance(unraisable.exc_value, KeyboardInterrupt)):
            before(unraisable)

    sys.unraisablehook = print_others
    try:
        yield
    finally:
        sys.unraisablehook = before


def raise_lost_interrupt() -> None:
    """Raise KeyboardInterrupt again if it was lost: in a destructor, or where code answers any exception."""
    if any(ending.has_begun for ending in _endings):
        raise KeyboardInterrupt


@contextmanager
def handlers_restored() -> Iterator[None]:
    """Undo what libraries change: Lightning ignores Ctrl-C after the first one, Ray takes SIGTERM for itself."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                if handler is not None:  # None: it was not set by Python
                    signal.signal(number, handler)


@contextmanager
def kept_from_children() -> Iterator[None]:
    """Processes started in this context never get SIGINT and SIGHUP; this process gets them afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def descendants() -> "list[psutil.Process]":
    """All processes that this one has started, and those that they have started."""
    import psutil  # only needed at the end

    found: list[psutil.Process] = psutil.Process().children(recursive=True)
    return found


def kill(processes: "Iterable[psutil.Process]", spared: str | None = None) -> None:
    """End those of the processes that are still there.

    Args:
        spared: a text in the command line of processes that go on.
    """
    import psutil

    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if not spared or spared not in " ".join(process.cmdline()):
                process.kill()


def _leave_closed_terminal() -> None:
    """Writing to a terminal that was closed fails: write to nowhere instead, so that the tables are still written."""
    for stream in (1, 2):
        try:
            os.write(stream, b"")
        except OSError:
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


def _exit_at_once(code: int) -> NoReturn:
    kill(descendants())
    os._exit(code)
