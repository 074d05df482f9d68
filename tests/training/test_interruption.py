"""What interrupts a run."""

import pytest

from mnist_exp.training.interruption import is_from_queue, is_interruption


def checkpoint_and_try_requeue(error):
    """As submitit's signal handler."""
    raise error


def fail(error):
    raise error


def raised(function, error):
    with pytest.raises(type(error)) as caught:
        function(error)
    return caught.value


@pytest.mark.parametrize("error", [SystemExit(-1), RuntimeError("timed-out too many times")])
def test_what_the_queue_raises_interrupts_and_is_passed_on(error):
    found = raised(checkpoint_and_try_requeue, error)
    assert is_interruption(found)
    assert is_from_queue(found)


@pytest.mark.parametrize(
    ("error", "expected"), [(KeyboardInterrupt(), True), (SystemExit(1), True), (OSError(), False)]
)
def test_signals_interrupt_and_errors_do_not(error, expected):
    found = raised(fail, error)
    assert is_interruption(found) == expected
    assert not is_from_queue(found)


def test_the_handler_of_submitit_has_this_name():
    job_environment = pytest.importorskip("submitit.core.job_environment")
    assert callable(job_environment.SignalHandler.checkpoint_and_try_requeue)
