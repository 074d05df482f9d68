"""Kernels and layers that compute the same as their plain PyTorch form, faster."""
