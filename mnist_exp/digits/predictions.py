"""What trained networks predict for the digits in an image file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnist_exp.digits.handwriting import Digit, find_digits
from mnist_exp.digits.image_files import read_image
from mnist_exp.errors import UserError

if TYPE_CHECKING:
    from mnist_exp.runs.run_selection import TrainedRun

AVERAGE = "average"
RANKED = 3  # the predicted class and two runners-up


@dataclass(frozen=True)
class RankedClass:
    """A class and its probability."""

    label: int
    probability: float


@dataclass(frozen=True)
class Prediction:
    """The probabilities (10,) of one network for one digit, or their average over the networks."""

    network: str
    probabilities: np.ndarray

    def ranked(self) -> list[RankedClass]:
        """The three most probable classes, the most probable first."""
        order = np.argsort(-self.probabilities, kind="stable")[:RANKED]
        return [RankedClass(int(label), round(float(self.probabilities[label]), 6)) for label in order]


@dataclass(frozen=True)
class PredictedDigit:
    """A digit with the prediction of each network; the average comes last if there are several networks."""

    digit: Digit
    predictions: list[Prediction]

    @property
    def label(self) -> int:
        """The class predicted by the only network, or by the average."""
        return int(self.predictions[-1].probabilities.argmax())


@dataclass(frozen=True)
class PredictedImage:
    """An image file with its digits from left to right."""

    name: str
    grey: np.ndarray  # uint8 (height, width)
    digits: list[PredictedDigit]

    @property
    def text(self) -> str:
        """The predicted labels of all digits; empty if no digit was found."""
        return "".join(str(digit.label) for digit in self.digits)


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
    """
    for path in paths:
        try:
            yield predict_image(networks, path, several)
        except UserError as error:
            yield UnreadableImage(str(path), str(error))


def predict_image(networks: Sequence["TrainedRun"], path: Path, several: bool) -> PredictedImage:
    """Predict one image file; the arguments are those of `predict_images`. Raises UserError."""
    grey = read_image(path)
    digits = predict_digits(networks, find_digits(grey, several))
    return PredictedImage(str(path), np.rint(grey).astype(np.uint8), digits)


def predict_digits(networks: Sequence["TrainedRun"], digits: Sequence[Digit]) -> list[PredictedDigit]:
    """Every network's prediction for each digit and, if there are several networks, their average."""
    if not digits:
        return []
    images = np.stack([digit.pixels for digit in digits])
    probabilities = [network.probabilities(images) for network in networks]
    names = network_names(networks)
    if len(networks) > 1:
        probabilities.append(np.mean(probabilities, axis=0))
        names.append(AVERAGE)
    return [
        PredictedDigit(digit, [Prediction(name, p[i]) for name, p in zip(names, probabilities, strict=True)])
        for i, digit in enumerate(digits)
    ]


def network_names(networks: Sequence["TrainedRun"]) -> list[str]:
    """Each network's name: model, activation and seed, and the run's folder too if these are not unique."""
    short = [network.name for network in networks]
    return [
        name if short.count(name) == 1 else f"{name} ({network.run_dir})"
        for name, network in zip(short, networks, strict=True)
    ]
