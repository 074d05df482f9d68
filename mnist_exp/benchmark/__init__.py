"""An epoch of each network, here and elsewhere: ours, a bare PyTorch loop, a plain Lightning script, Keras."""

from mnist_exp.tuning import wait_politely

wait_politely()  # before any part of this imports torch
