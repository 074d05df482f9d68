"""A worker ends when the main process is gone, also where another process is between them."""

import signal
import subprocess
import sys

import pytest

from tests.campaign.processes import marked_environment, wait_until_gone

WORKER = """
import os, sys, time
from mnist_exp.sweeps.worker_process import follow
follow(int(sys.argv[1]))
print("ready", flush=True)
time.sleep(100)
"""


@pytest.fixture(params=["child", "grandchild"])
def main_process(request):
    """A process with a worker that is its child, or the child of its child."""
    mark = f"worker {request.param}"
    worker = [sys.executable, "-c", WORKER]
    if request.param == "grandchild":
        between = "import subprocess, sys; subprocess.run(sys.argv[1:])"
        worker = [sys.executable, "-c", between, *worker]
    main = "import os, subprocess, sys; subprocess.run([*sys.argv[1:], str(os.getpid())])"
    process = subprocess.Popen(
        [sys.executable, "-c", main, *worker], env=marked_environment(mark), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    yield process, mark
    process.kill()
    process.communicate()
    wait_until_gone(mark, 0)


def test_a_worker_ends_with_the_main_process(main_process):
    process, mark = main_process
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert wait_until_gone(mark, 10) == 0


def test_a_worker_goes_on_with_the_main_process(main_process):
    process, _ = main_process
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
