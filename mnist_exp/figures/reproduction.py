"""Published results beside ours: errors setup by setup, and a trajectory beside its published points."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mnist_exp.figures.style import STUDY, axes

REPEATED, DEFAULT = STUDY["relu"], STUDY["swish"]


class Errors(NamedTuple):
    """Shares of the test set that are got wrong: as claimed, and by every seed."""

    claimed: float | None
    repeated: Sequence[float]
    default: Sequence[float]


def claims(setups: Mapping[str, Errors]) -> Figure:
    """A row for each setup, errors along a logarithmic axis: its claim, its seeds, and the default recipe's seeds."""
    figure, (place,) = axes(1, 1, 8, 1.1 + 0.42 * len(setups))
    for height, errors in zip(range(len(setups) - 1, -1, -1), setups.values(), strict=True):
        for seeds, up, colour, name in (
            (errors.repeated, 0.12, REPEATED, "repeated, every seed"),
            (errors.default, -0.12, DEFAULT, "same network, default recipe"),
        ):
            label = name if height == len(setups) - 1 else None
            x = [100 * error for error in seeds]
            place.plot(x, [height + up] * len(x), "o", markersize=4, alpha=0.7, color=colour, label=label)
        if errors.claimed is not None:
            place.plot([100 * errors.claimed], [height], "|", markersize=20, markeredgewidth=2, color="#000000")
    place.plot([], [], "|", markersize=12, markeredgewidth=2, color="#000000", label="claimed")
    place.set_yticks(range(len(setups)), list(setups)[::-1])
    place.set_ylim(-0.6, len(setups) - 0.4)
    place.set_xscale("log")
    for axis in (place.xaxis.set_major_formatter, place.xaxis.set_minor_formatter):
        axis(FuncFormatter(lambda x, _: f"{x:g}" if f"{x:.0e}"[0] in "125" else ""))
    place.set_xlabel("test error, %")
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def trajectory(
    curves: Mapping[str, Sequence[Sequence[tuple[int, float]]]], published: Mapping[int, Sequence[float]]
) -> Figure:
    """Accuracy in training and on the test set by epoch: a line for each seed, rings where the source has a figure."""
    figure, (place,) = axes(1, 1, 7, 3.6)
    for column, (key, name, colour) in enumerate(
        (("train_acc", "training", DEFAULT), ("test_acc", "test", REPEATED)),
    ):
        for i, points in enumerate(curves[key]):
            epochs, shares = np.array(points).T
            place.plot(epochs, 100 * shares, color=colour, alpha=0.6, linewidth=1, label=None if i else name)
        x, y = list(published), [100 * both[column] for both in published.values()]
        place.plot(x, y, "o", markersize=8, markerfacecolor="none", color=colour, label=f"{name}, published")
    place.xaxis.set_major_locator(MaxNLocator(integer=True))
    place.set_xlabel("epoch")
    place.set_ylabel("accuracy, %")
    place.legend()
    return figure
