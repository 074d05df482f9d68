"""The activation functions: plots, and properties that are computed from their code. Nothing is trained."""
