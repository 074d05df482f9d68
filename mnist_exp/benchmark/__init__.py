"""An epoch of each network, here and elsewhere: ours, a bare PyTorch loop, a plain Lightning script, Keras."""

import os

from mnist_exp.training.runtime import limit_thread_spinning

limit_thread_spinning()  # before any part of this imports torch
os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler has much to say of GPUs that are not there
