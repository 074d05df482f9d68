"""Published results beside ours: test errors of every setup, and a learning curve beside its published points."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mnist_exp.figures.panels import ONE_COLUMN, TWO_COLUMNS, plain_log_labels
from mnist_exp.figures.style import STUDY, axes, styled

REPEATED, DEFAULT, CLAIMED = STUDY["relu"], STUDY["swish"], "#000000"


class Errors(NamedTuple):
    """Test errors as fractions: the published one, and ours for every seed."""

    claimed: float | None
    repeated: Sequence[float]
    default: Sequence[float]


@styled
def claims(setups: Mapping[str, Errors]) -> Figure:
    """A row for each setup on a logarithmic axis: its claim, its seeds, and the default recipe's seeds."""
    figure, (panel,) = axes(1, 1, TWO_COLUMNS, 0.8 + 0.32 * len(setups))
    for height, errors in zip(range(len(setups) - 1, -1, -1), setups.values(), strict=True):
        _draw_seeds(panel, errors.repeated, height + 0.12, REPEATED)
        _draw_seeds(panel, errors.default, height - 0.12, DEFAULT)
        if errors.claimed is not None:
            panel.plot([100 * errors.claimed], [height], "|", markersize=20, markeredgewidth=2, color=CLAIMED)
    panel.plot([], [], "o", markersize=4, alpha=0.7, color=REPEATED, label="repeated, every seed")
    panel.plot([], [], "o", markersize=4, alpha=0.7, color=DEFAULT, label="same network, default recipe")
    panel.plot([], [], "|", markersize=12, markeredgewidth=2, color=CLAIMED, label="claimed")
    panel.set_yticks(range(len(setups)), list(setups)[::-1])
    panel.set_ylim(-0.6, len(setups) - 0.4)
    panel.set_xscale("log")
    plain_log_labels(panel.xaxis)
    panel.set_xlabel("test error, %")
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _draw_seeds(panel: Axes, errors: Sequence[float], height: float, colour: str) -> None:
    x = [100 * error for error in errors]
    panel.plot(x, [height] * len(x), "o", markersize=4, alpha=0.7, color=colour)


@styled
def trajectory(
    curves: Mapping[str, Sequence[Sequence[tuple[int, float]]]], published: Mapping[int, Sequence[float]]
) -> Figure:
    """Training and test accuracy by epoch: a line for each seed, and rings at the published values.

    Args:
        curves: for "train_acc" and "test_acc", the points (epoch, accuracy) of each seed.
        published: training and test accuracy by epoch.
    """
    figure, (panel,) = axes(1, 1, ONE_COLUMN, 2.4)
    lines = (("train_acc", "training", DEFAULT), ("test_acc", "test", REPEATED))
    for column, (key, name, colour) in enumerate(lines):
        for i, points in enumerate(curves[key]):
            epochs, accuracies = np.array(points).T
            panel.plot(epochs, 100 * accuracies, color=colour, alpha=0.6, linewidth=1, label=None if i else name)
        x, y = list(published), [100 * accuracies[column] for accuracies in published.values()]
        panel.plot(x, y, "o", markersize=8, markerfacecolor="none", color=colour, label=f"{name}, published")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set_xlabel("epoch")
    panel.set_ylabel("accuracy, %")
    panel.legend()
    return figure
