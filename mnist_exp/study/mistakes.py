"""The test images that most runs of a network classify wrongly, with their pictures."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from mnist_exp.data.datasets import load
from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.errors import UserError
from mnist_exp.runs.record import Record
from mnist_exp.study.answers import Answers, read_answers

SHOWN = 24  # images of each network
LARGEST = 64  # pixels: larger pictures are made smaller
RunsByArm = Mapping[str, Sequence[Record]]


@dataclass(frozen=True)
class Mistake:
    """A test image, how many of the runs are wrong about it, and what each arm takes it for."""

    index: int
    actual: str
    picture: str
    wrong: int
    runs: int
    predicted: dict[str, str]


@dataclass(frozen=True)
class NetworkMistakes:
    """The images that most runs of one network classify wrongly, those with the most wrong runs first."""

    network: str
    sentence: str
    mistakes: list[Mistake]


def find_mistakes(networks: Mapping[str, RunsByArm]) -> list[NetworkMistakes]:
    """Of each network whose predictions and test set can be read; the runs are given by network and arm."""
    found = (_of_network(network, by_arm) for network, by_arm in networks.items())
    return [mistakes for mistakes in found if mistakes]


def _of_network(network: str, by_arm: RunsByArm) -> NetworkMistakes | None:
    first = next(run for runs in by_arm.values() for run in runs)
    test = _test_set(first)
    if test is None:
        return None
    answers = {arm: list(_answers(runs, test.labels)) for arm, runs in by_arm.items()}
    predicted = {arm: np.stack([run.predicted for run in runs]) for arm, runs in answers.items() if runs}
    if not predicted:
        return None
    wrong = sum((table != test.labels).sum(axis=0) for table in predicted.values())
    runs = sum(len(table) for table in predicted.values())
    hardest = np.argsort(-wrong, kind="stable")[:SHOWN]
    classes = first.config.images.classes
    mistakes = [
        Mistake(
            index=int(index),
            actual=classes[test.labels[index]],
            picture=_picture(test.images[index]),
            wrong=int(wrong[index]),
            runs=runs,
            predicted={arm: classes[np.bincount(table[:, index]).argmax()] for arm, table in predicted.items()},
        )
        for index in hardest
        if wrong[index]
    ]
    return NetworkMistakes(network, _sentence(network, wrong, runs), mistakes)


def _test_set(run: Record) -> LabelledImages | None:
    """The test images of a run, or None where they are not on this machine."""
    try:
        return load(run.config.data)[1]
    except (UserError, OSError):
        return None


def _answers(runs: Sequence[Record], labels: np.ndarray) -> Iterator[Answers]:
    """Of the runs that were tested with these labels."""
    for run in runs:
        answers = read_answers(run.run_dir)
        if answers and np.array_equal(answers.actual, labels):
            yield answers


def _sentence(network: str, wrong: np.ndarray, runs: int) -> str:
    """How many images are wrong in every run; if none is, how many runs are wrong about the hardest one."""
    most = int(wrong.max())
    if most == 0:
        return f"No test image is wrong in any run of {network}."
    if most < runs:
        return f"No test image is wrong in every run of {network}: the hardest is wrong in {most} of {runs} runs."
    count = int((wrong == runs).sum())
    verb = "is" if count == 1 else "are"
    where = f"every run of {network}" if runs > 1 else f"the only run of {network}"
    return f"{count:,} of the {len(wrong):,} test images {verb} wrong in {where}."


def _picture(pixels: np.ndarray) -> str:
    """Grey (h, w) or RGB (h, w, 3) bytes as the address of a PNG."""
    image = Image.fromarray(pixels)
    image.thumbnail((LARGEST, LARGEST))
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
