"""From a picture of handwriting to pixels prepared the way MNIST was."""
