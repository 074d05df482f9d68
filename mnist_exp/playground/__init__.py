"""A local page on which you draw a digit and the networks of a sweep classify it."""
