"""How training went: loss and accuracy by epoch, and what the probes saw on the way."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mnist_exp.figures.style import axes


def learning_curves(history: Sequence[Mapping[str, float]]) -> Figure:
    """Loss and accuracy on the training and validation images, a point an epoch."""
    figure, places = axes(1, 2, 8, 3.2)
    for place, what, factor, title in zip(places, ("loss", "acc"), (1, 100), ("loss", "accuracy, %"), strict=True):
        for stage, colour in (("train", "#0072B2"), ("val", "#D55E00")):
            points = [(row["epoch"], factor * row[f"{stage}_{what}"]) for row in history if f"{stage}_{what}" in row]
            if points:
                label = "training" if stage == "train" else "validation"
                place.plot(*zip(*points, strict=True), marker="o", markersize=3, color=colour, label=label)
        place.set_title(title)
        place.set_xlabel("epoch")
        place.xaxis.set_major_locator(MaxNLocator(integer=True))
    places[0].legend()
    return figure


PROBED = {
    "gradient_norm": "norm of the weights' gradient",
    "activation_sd": "sd of the activations",
    "dead": "dead units, %",
    "saturated": "saturated, %",
}


def probes(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """What the probes saw, a line for each layer from the first (dark) to the last (light)."""
    from matplotlib import colormaps

    figure, places = axes(2, 2, 9, 5.6, sharex=True)
    layers = list(dict.fromkeys(row["layer"] for row in rows))
    colours = [colormaps["viridis"](0.9 * i / max(len(layers) - 1, 1)) for i in range(len(layers))]
    for place, (key, title) in zip(places, PROBED.items(), strict=True):
        share = key in ("dead", "saturated")
        for layer, colour in zip(layers, colours, strict=True):
            points = [
                (row["step"], (100 if share else 1) * row[key])
                for row in rows
                if row["layer"] == layer and row[key] is not None
            ]
            if points:
                place.plot(*zip(*points, strict=True), marker="o", markersize=3, color=colour, label=layer)
        place.set_title(title)
        if share:
            place.set_ylim(-3, 103)
    places[0].set_yscale("log")
    for place in places[2:]:
        place.set_xlabel("step")
    handles, labels = places[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center")
    return figure
