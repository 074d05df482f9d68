"""A local page to draw a digit on and to watch the networks of a sweep read it."""
