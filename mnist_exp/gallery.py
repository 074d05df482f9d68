"""mnist-exp gallery [FOLDER]: the activation functions and their derivatives, drawn; nothing is trained."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from mnist_exp import registry
from mnist_exp.figures.activations import Curve, gallery, side_by_side
from mnist_exp.figures.style import STUDY, save
from mnist_exp.models.activations import activation_factory, derivative

REACH, POINTS, LEAKY_SLOPE = 8.0, 3201, 0.01


def curves() -> dict[str, Curve]:
    x = torch.linspace(-REACH, REACH, POINTS, dtype=torch.float64)
    made = {name: activation_factory(name, LEAKY_SLOPE)() for name in registry.names("activation")}
    return {name: Curve(x.numpy(), act(x).numpy(), derivative(act, x).numpy()) for name, act in made.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="mnist-exp gallery", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("figures"))
    folder = parser.parse_args(arguments).folder
    drawn = curves()
    save(gallery(drawn), folder / "activations.png")
    save(side_by_side({name: drawn[name] for name in STUDY}), folder / "study_activations.png")
    print(f"activations.png, study_activations.png → {folder}")


if __name__ == "__main__":
    main()
