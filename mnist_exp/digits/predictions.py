"""What trained networks predict for the digits in an image file, or for the whole picture."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnist_exp.digits.handwriting import find_digits
from mnist_exp.digits.image_files import read_image
from mnist_exp.digits.network_input import InputNeeds, NetworkInput, common_needs
from mnist_exp.digits.pictures import prepare_picture
from mnist_exp.errors import UserError

if TYPE_CHECKING:
    from mnist_exp.runs.run_selection import TrainedRun

AVERAGE = "average"
RANKED = 3  # the predicted class and two runners-up


@dataclass(frozen=True)
class RankedClass:
    """A class and its probability."""

    label: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """The probabilities (classes,) of one network for one input, or their average over the networks."""

    network: str
    probabilities: np.ndarray
    classes: Sequence[str]

    def ranked(self) -> list[RankedClass]:
        """The three most probable classes, the most probable first."""
        order = np.argsort(-self.probabilities, kind="stable")[:RANKED]
        return [RankedClass(self.classes[i], round(float(self.probabilities[i]), 6)) for i in order]


@dataclass(frozen=True)
class PredictedInput:
    """An input with the prediction of each network; the average comes last if there are several networks."""

    given: NetworkInput
    predictions: list[Prediction]

    @property
    def label(self) -> str:
        """The class predicted by the only network, or by the average."""
        return self.predictions[-1].ranked()[0].label


@dataclass(frozen=True)
class PredictedImage:
    """An image file with the inputs made from it: its digits from left to right, or the whole picture."""

    name: str
    pixels: np.ndarray  # uint8 (height, width) or (height, width, 3)
    inputs: list[PredictedInput]

    @property
    def text(self) -> str:
        """The predicted labels of all inputs; empty if no digit was found."""
        return "".join(one.label for one in self.inputs)


@dataclass(frozen=True)
class UnreadableImage:
    """An image file that could not be read, and why."""

    name: str
    error: str


def predict_images(
    networks: Sequence["TrainedRun"], paths: Iterable[Path], several: bool
) -> Iterator[PredictedImage | UnreadableImage]:
    """Predict each image file. One that cannot be read does not stop the others.

    Args:
        networks: The networks that predict.
        paths: The image files.
        several: Whether an image shows a row of digits; otherwise all ink is one digit.

    Raises:
        UserError: the networks need different images, or `several` is set for networks that take whole pictures.
    """
    needs = common_needs(networks)
    if several and not needs.handwriting:
        raise UserError(f"--digits is for handwriting, but these networks take {needs}: leave it out.")
    for path in paths:
        try:
            yield predict_image(networks, path, several, needs)
        except UserError as error:
            yield UnreadableImage(str(path), str(error))


def predict_image(
    networks: Sequence["TrainedRun"], path: Path, several: bool, needs: InputNeeds | None = None
) -> PredictedImage:
    """Predict one image file; the arguments are those of `predict_images`. Raises UserError.

    `needs` is what the networks need, if it is known already.
    """
    needs = needs or common_needs(networks)
    pixels = read_image(path, colour=needs.is_colour)
    inputs = find_digits(pixels, several) if needs.handwriting else [prepare_picture(pixels, needs)]
    return PredictedImage(str(path), np.rint(pixels).astype(np.uint8), predict_inputs(networks, inputs))


def predict_inputs(networks: Sequence["TrainedRun"], inputs: Sequence[NetworkInput]) -> list[PredictedInput]:
    """Every network's prediction for each input and, if there are several networks, their average."""
    if not inputs:
        return []
    images = np.stack([one.pixels for one in inputs])
    probabilities = [network.probabilities(images) for network in networks]
    names = network_names(networks)
    classes = networks[0].record.config.images.classes
    if len(networks) > 1:
        probabilities.append(np.mean(probabilities, axis=0))
        names.append(AVERAGE)
    return [
        PredictedInput(one, [Prediction(name, p[i], classes) for name, p in zip(names, probabilities, strict=True)])
        for i, one in enumerate(inputs)
    ]


def network_names(networks: Sequence["TrainedRun"]) -> list[str]:
    """Each network's name: model, activation and seed, and the run's folder too if these are not unique."""
    short = [network.name for network in networks]
    return [
        name if short.count(name) == 1 else f"{name} ({network.run_dir})"
        for name, network in zip(short, networks, strict=True)
    ]
