"""What interrupts a run rather than making it fail: Ctrl-C, a signal, a queue that takes the machine back."""

import traceback

# The signal handler of submitit. It queues the job again, and raises in the middle of training: SystemExit, or an
# ordinary exception if the job cannot be queued again.
HANDLER = "checkpoint_and_try_requeue"


def is_interruption(error: BaseException) -> bool:
    """Whether the run did not fail, and may continue later."""
    return isinstance(error, KeyboardInterrupt | SystemExit) or is_from_queue(error)


def is_from_queue(error: BaseException) -> bool:
    """Whether submitit raised it, which also needs to get it."""
    return any(frame.name == HANDLER for frame in traceback.extract_tb(error.__traceback__))
