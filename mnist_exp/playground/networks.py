"""Which trained networks the page gets, and each of them as the page needs it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mnist_exp.errors import UserError
from mnist_exp.figures.style import line
from mnist_exp.models.whitened import WhitenedNet
from mnist_exp.playground.operations import Step
from mnist_exp.playground.samples import ImageSet
from mnist_exp.playground.steps import steps_of
from mnist_exp.playground.tables import EncodedCurve
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import TrainedRun, best_run, open_run
from mnist_exp.study.cells import cells, natural_order
from mnist_exp.study.csv_tables import command
from mnist_exp.study.swept_settings import swept_keys

LARGEST_SIDE = 64  # pixels of an image
NOISE = 8  # images of noise that are added to those that show what inputs the activations have


@dataclass(frozen=True)
class Views:
    """A network whose logits are the mean over an image and four copies moved by a pixel."""

    background: float  # with which they are filled up


@dataclass(frozen=True)
class Arm:
    """One activation's trained network, as the page gets it."""

    name: str
    colour: str
    seed: int
    val_acc: float | None
    test_acc: float | None
    parameters: int | None
    command: str
    scale: list[float]  # the input of the network is pixel · scale - offset in each channel
    offset: list[float]
    views: Views | None
    numbers: str
    curves: list[EncodedCurve]
    steps: list[Step]


@dataclass(frozen=True)
class Network:
    """One network, trained with several activations on the same data."""

    name: str
    set: int  # the index of its data
    arms: list[Arm]  # best first


@dataclass
class Selection:
    """The networks of the page, and those that it cannot have."""

    sets: list[ImageSet] = field(default_factory=list)
    networks: list[Network] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, name: str, runs: Sequence[Record], images: ImageSet) -> None:
        """Add a network with runs of different activations on the same data."""
        arms = [arm for run in runs if (arm := self._arm(name, run, images)) is not None]
        if arms and images not in self.sets:
            self.sets.append(images)
        if arms:
            self.networks.append(Network(name, self.sets.index(images), arms))

    def _arm(self, name: str, run: Record, images: ImageSet) -> Arm | None:
        try:
            check_images(images)
            return make_arm(open_run(run), images)
        except UserError as error:
            self.left_out.append(f"{name} {run.activation or ''}".strip() + f": {error}")
            return None


def select(records: Sequence[Record]) -> Selection:
    """The best run of each activation on each network and data set. Those that the page cannot run are named."""
    selection, sets = Selection(), dict[str, ImageSet]()
    for key, runs in best_of_each(records).items():
        if key.images not in sets:
            sets[key.images] = ImageSet.of(runs[0])
        selection.add(key.network, runs, sets[key.images])
    return selection


class NetworkKey(NamedTuple):
    """What the activations of one network on the page have in common."""

    images: str  # the data and what is known of them
    network: str


def best_of_each(records: Sequence[Record]) -> dict[NetworkKey, list[Record]]:
    """By network and data set: each activation's best run by validation accuracy, best first."""
    groups: dict[NetworkKey, dict[str | None, list[Record]]] = {}
    for cell, runs in cells(records, swept_keys(records)).items():
        for run in runs:
            key = NetworkKey(f"{run.data} {run.config.images}", cell.network)
            groups.setdefault(key, {}).setdefault(cell.activation, []).append(run)
    best = {key: [best_run(runs) or runs[0] for runs in arms.values()] for key, arms in groups.items()}
    first_set = [key.images for key in best]
    order = sorted(best, key=lambda key: (first_set.index(key.images), natural_order(key.network)))
    return {key: sorted(best[key], key=lambda run: -(run.val_acc or 0)) for key in order}


def check_images(images: ImageSet) -> None:
    """Raise UserError if the page cannot show images like these."""
    channels, height, width = images.shape
    if channels not in (1, 3) or max(height, width) > LARGEST_SIDE:
        raise UserError(
            f"takes images of {height}×{width} pixels and {channels} channels; the page shows grey or RGB "
            f"images of up to {LARGEST_SIDE}×{LARGEST_SIDE}"
        )


def make_arm(run: TrainedRun, images: ImageSet) -> Arm:
    """A trained network as the page gets it. Raises UserError if the page cannot run it."""
    record, model = run.record, run.model
    channels = images.shape[0]
    steps = steps_of(model.network, model.standardise(typical_images(images)))
    network = model.network
    views = Views(network.background) if isinstance(network, WhitenedNet) and network.views else None
    return Arm(
        name=record.activation or "no activation",
        colour=line(record.activation)["color"],
        seed=record.seed,
        val_acc=record.val_acc,
        test_acc=record.test_acc,
        parameters=record.parameters,
        command=command([record]),
        scale=model.standardise.scale.reshape(-1).expand(channels).tolist(),
        offset=model.standardise.offset.reshape(-1).expand(channels).tolist(),
        views=views,
        numbers=steps.numbers.encoded(),
        curves=[curve.encoded() for curve in steps.curves.curves],
        steps=steps.steps,
    )


def typical_images(images: ImageSet) -> Tensor:
    """Raw pixels that show what inputs activations have: test images, black, white and noise."""
    noise = np.random.default_rng(0).integers(0, 256, (NOISE, *images.shape), dtype=np.uint8)
    plain = np.stack([np.full(images.shape, value, dtype=np.uint8) for value in (0, 255)])
    return torch.from_numpy(np.concatenate([images.pixels, plain, noise]))
