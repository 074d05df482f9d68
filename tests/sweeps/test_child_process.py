"""Running the command in a process of its own."""

import signal
import sys
import time

import pytest

from mnist_exp.sweeps import child_process
from mnist_exp.sweeps.child_process import run_command

pytestmark = pytest.mark.slow  # each starts a process

SLEEPS = """
import sys, time
print("started", flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("table " * 100_000, flush=True)
    print("interrupted", file=sys.stderr)
"""
# A process that a background job starts ignores the interrupt unless it sets a handler.
HEEDS_SIGINT = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)" + SLEEPS
IGNORES_SIGINT = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)" + SLEEPS


def python(code):
    return [sys.executable, "-c", code]


def test_lines_are_shown_and_errors_returned():
    shown = []
    code, errors = run_command(python("import sys; print(1); print(2); sys.exit('Error: no')"), shown.append)
    assert (code, shown, errors) == (1, ["1\n", "2\n"], ["Error: no"])


def test_many_errors_do_not_block_the_process():
    _, errors = run_command(python("import sys; sys.stderr.write('warning\\n' * 100_000); print(1)"), lambda _: None)
    assert len(errors) == 100_000


@pytest.fixture
def interrupted(monkeypatch):
    """Runs a program and acts as if Ctrl-C were pressed after its first line. Returns what is shown, as one text."""

    def run(code, *seconds):
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
        monkeypatch.setattr(child_process, "STOPPING", tuple(zip(seconds, signals, strict=True)))
        shown = []

        def show(text):
            shown.append(text)
            if text == "started\n":
                raise KeyboardInterrupt

        began = time.perf_counter()
        with pytest.raises(KeyboardInterrupt):
            run_command(python(code), show)
        assert time.perf_counter() - began < 10
        return "".join(shown)

    return run


def test_after_ctrl_c_the_process_is_interrupted_and_its_last_output_shown(interrupted):
    assert interrupted(HEEDS_SIGINT, 0.1, 30, 30).endswith("table \ninterrupted\n")


def test_a_process_that_ignores_the_interrupt_is_terminated(interrupted):
    assert interrupted(IGNORES_SIGINT, 0.1, 0.1, 30) == "started\n"


def test_a_process_that_has_been_interrupted_as_well_gets_no_signal(interrupted):
    code = "import time; print('started', flush=True); time.sleep(0.5); print('study')"
    assert interrupted(code, 30, 30, 30) == "started\nstudy\n"
