"""From an image file to digits prepared as those of MNIST were, and what networks predict for them."""
