"""A command that is stopped: with each launcher it ends soon, says how to go on, and leaves no process behind."""

import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from mnist_exp import signals
from tests.campaign.processes import marked_environment, wait_until_gone
from tests.stopping import PACKAGES, RUN, SWEEP, Command, all_cases, stop_sweep

SIMPLE = ("basic", "joblib")
# The others: python -m tests.campaign.signals
CASES = [
    case
    for case in all_cases()
    if case[1] == signal.SIGTERM or (case[2] == "main" and (case[1] == signal.SIGKILL or case[0] in SIMPLE))
]
# A program with a child, which takes a minute to end.
SLOW_TO_END = """
import subprocess, sys, time
from mnist_exp import signals
with signals.handled() as ending:
    child = subprocess.Popen(["sleep", "1000"])
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print(ending.message, ending.exit_code, flush=True)
        time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("launcher", "number", "target"), CASES, ids=lambda value: getattr(value, "name", value))
def test_a_signal_ends_a_sweep_and_all_its_processes(launcher, number, target, tmp_path):
    pytest.importorskip(PACKAGES.get(launcher, "joblib"))
    outcome = stop_sweep(tmp_path, launcher, number, target)
    assert outcome.faults(number, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_a_single_run_with_one_line(number, tmp_path):
    command = Command(tmp_path, *RUN, "trainer.max_epochs=100000")
    command.wait_for("epoch 2/")
    outcome = command.stop(number)
    assert outcome.exit_code == 128 + number
    assert outcome.errors == f"Interrupted by {number.name}.\n"
    assert (outcome.processes_left, outcome.files_left) == (0, set())


@pytest.mark.slow
def test_a_sweep_whose_terminal_is_closed_writes_its_tables(tmp_path):
    terminal, its = pty.openpty()
    command = Command(tmp_path, *SWEEP, stdin=its, stdout=its, stderr=its)
    os.close(its)
    printed = b""
    while b"[1/30]" not in printed:
        printed += os.read(terminal, 1000)
    os.close(terminal)
    outcome = command.stop(signal.SIGHUP, "group")  # as the shell of that terminal sends it
    assert outcome.exit_code == 129
    assert (tmp_path / "multirun" / "stopped" / "results.csv").is_file()
    assert outcome.processes_left == 0


@pytest.fixture
def slow_to_end():
    """A running program that has a child, and its mark."""
    program = subprocess.Popen(
        [sys.executable, "-c", SLOW_TO_END], env=marked_environment("slow to end"), stdout=subprocess.PIPE, text=True
    )
    assert program.stdout
    assert program.stdout.readline() == "ready\n"
    yield program
    program.kill()
    program.communicate()


def test_a_second_signal_ends_at_once_and_leaves_no_process(slow_to_end):
    slow_to_end.send_signal(signal.SIGTERM)
    assert slow_to_end.stdout.readline() == "Interrupted by SIGTERM. 143\n"
    time.sleep(signals.ONE_REQUEST_SECONDS)
    slow_to_end.send_signal(signal.SIGTERM)
    assert slow_to_end.wait(5) == 143
    assert wait_until_gone("slow to end", 1) == 0


def test_a_signal_to_the_process_and_then_to_its_group_is_one_request(slow_to_end):
    """`timeout` does so."""
    slow_to_end.send_signal(signal.SIGTERM)
    assert slow_to_end.stdout.readline().startswith("Interrupted")
    slow_to_end.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        slow_to_end.wait(0.5)
    slow_to_end.kill()
    wait_until_gone("slow to end", 0)


@pytest.fixture(autouse=True)
def handlers():
    """What is changed is undone."""
    before = {number: signal.getsignal(number) for number in signals.SIGNALS}
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", signals.SIGNALS, ids=lambda number: number.name)
def test_a_signal_that_is_ignored_stays_ignored(number):
    signal.signal(number, signal.SIG_IGN)
    with signals.handled():
        assert signal.getsignal(number) is signal.SIG_IGN


def test_afterwards_the_handlers_are_as_before(handlers):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with signals.handled():
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with signals.handlers_restored():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # as Lightning does after Ctrl-C
    assert signal.getsignal(signal.SIGINT) is handlers[signal.SIGINT]


class SignalledWhileDestroyed:
    """As any object of a library may be."""

    def __del__(self):
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_in_a_destructor_is_raised_later_and_not_printed(capfd):
    with signals.handled() as ending:
        SignalledWhileDestroyed()
        assert ending.has_begun  # and Python has dropped the exception
        with pytest.raises(KeyboardInterrupt):
            signals.raise_lost_interrupt()
    assert capfd.readouterr().err == ""
