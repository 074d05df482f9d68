"""Time per epoch of each network: ours, a plain PyTorch loop, a plain Lightning script, Keras."""

import os

from mnist_exp.runtime import limit_thread_spinning

limit_thread_spinning()  # before any module of this package imports torch
os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # otherwise the profiler warns that there is no GPU
