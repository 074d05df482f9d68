"""The subcommands: one table, which dispatch, help and tab completion use. Modules are imported when they are run."""

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple


class Subcommand(NamedTuple):
    """A module whose `main(arguments)` runs the subcommand, and what it does, in one line."""

    module: str
    description: str


SUBCOMMANDS = {
    "report": Subcommand("mnist_exp.report", "write the tables and the page of one or several sweeps again"),
    "inspect": Subcommand("mnist_exp.inspect", "draw a run's weights, feature maps, errors and learning curves"),
    "predict": Subcommand("mnist_exp.predict", "classify image files"),
    "export": Subcommand("mnist_exp.export", "write a trained network as ONNX and compare it with the checkpoint"),
    "publish": Subcommand("mnist_exp.publish", "send the means of a sweep to MLflow or Weights & Biases"),
    "playground": Subcommand("mnist_exp.playground.__main__", "write a page to draw on, with trained networks in it"),
    "bench": Subcommand("mnist_exp.benchmark.__main__", "time an epoch against plain PyTorch, Lightning and Keras"),
    "example": Subcommand("mnist_exp.examples", "write an example of an own activation, network or other part"),
    "choices": Subcommand("mnist_exp.list_choices", "list everything that can be chosen, and where it comes from"),
    "gallery": Subcommand("mnist_exp.gallery.__main__", "plot the activation functions and compute their properties"),
}


def run_subcommand(name: str, arguments: Sequence[str]) -> None:
    """Run a subcommand with the arguments that follow its name."""
    import_module(SUBCOMMANDS[name].module).main(arguments)
