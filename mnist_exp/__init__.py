"""Which activation function, on which network, and why? Answered by experiment on MNIST."""

import time

BEGAN = time.perf_counter()  # as near to the process's start as we get: the start-up counts in a run's total_seconds

__version__ = "0.1.0"
