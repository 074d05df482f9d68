"""Which activation function, on which network, and why? Answered by experiment on MNIST."""

__version__ = "0.1.0"
