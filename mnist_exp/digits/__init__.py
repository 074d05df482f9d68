"""A picture of handwriting to pixels prepared the way MNIST was."""
