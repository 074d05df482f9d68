"""mnist-exp gallery [FOLDER]: plot the activation functions and their derivatives. Nothing is trained."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from mnist_exp import registry
from mnist_exp.figures.activations import Curve, gallery, side_by_side
from mnist_exp.figures.style import STUDY, save
from mnist_exp.models.activations import activation_factory, derivative

X_LIMIT, POINTS, LEAKY_SLOPE = 8.0, 3201, 0.01


def curves() -> dict[str, Curve]:
    """Every activation of the registry from -X_LIMIT to X_LIMIT, with its derivative by autograd."""
    x = torch.linspace(-X_LIMIT, X_LIMIT, POINTS, dtype=torch.float64)
    modules = {name: activation_factory(name, LEAKY_SLOPE)() for name in registry.names("activation")}
    return {
        name: Curve(x.numpy(), module(x).numpy(), derivative(module, x).numpy()) for name, module in modules.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    parser = argparse.ArgumentParser(prog="mnist-exp gallery", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("figures"))
    folder = parser.parse_args(arguments).folder
    by_name = curves()
    save(gallery(by_name), folder / "activations.png")
    save(side_by_side({name: by_name[name] for name in STUDY}), folder / "study_activations.png")
    print(f"activations.png, study_activations.png → {folder}")


if __name__ == "__main__":
    main()
