"""mnist-exp gallery [FOLDER]: plot activation functions and their derivatives. Nothing is trained."""

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from mnist_exp import registry
from mnist_exp.command_line import Parser, named_path
from mnist_exp.errors import UserError
from mnist_exp.figures.activations import Curve, gallery, side_by_side
from mnist_exp.figures.style import STUDY, save
from mnist_exp.models.activations import activation_factory, derivative
from mnist_exp.own_code import is_target, label
from mnist_exp.training.own_checks import check_activation

X_LIMIT, POINTS, LEAKY_SLOPE = 8.0, 3201, 0.01


def curves(own: Sequence[str] = ()) -> dict[str, Curve]:
    """Activations from -X_LIMIT to X_LIMIT, with their derivatives by autograd.

    Args:
        own: activations of the user's own, which follow those of the registry.

    Raises:
        UserError: one of them cannot be found, or does not work.
    """
    for name in own:
        if not is_target(name):
            raise UserError(f"--activation {name}: name one of your own as FILE.py:NAME or MODULE:NAME.")
    factories = {name: activation_factory(name, LEAKY_SLOPE) for name in (*registry.names("activation"), *own)}
    for name in own:
        check_activation(factories[name], name)
    return {label(name): _curve(make().double()) for name, make in factories.items()}


def _curve(activation: nn.Module) -> Curve:
    x = torch.linspace(-X_LIMIT, X_LIMIT, POINTS, dtype=torch.float64)
    with torch.no_grad():
        values = activation(x.clone())
    return Curve(x.numpy(), values.numpy(), derivative(activation, x).numpy())


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    parser = Parser("gallery", __doc__)
    parser.add_argument("folder", nargs="?", type=named_path, default=Path("figures"), help="default: figures")
    own_help = "also one of your own, FILE.py:NAME or MODULE:NAME; may be given several times"
    parser.add_argument("--activation", action="append", default=[], metavar="NAME", help=own_help)
    options = parser.parse_args(arguments)
    folder, own = options.folder, options.activation
    try:
        by_name = curves(own)
    except UserError as error:
        sys.exit(f"Error: {error}")
    save(gallery(by_name), folder / "activations.png")
    shown = [*STUDY, *(label(name) for name in own)]
    save(side_by_side({name: by_name[name] for name in shown}), folder / "study_activations.png")
    print(f"activations.png, study_activations.png → {folder}")


if __name__ == "__main__":
    main()
