"""A run's learning curves, and what its probes measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mnist_exp.figures.style import axes


def learning_curves(history: Sequence[Mapping[str, float]]) -> Figure:
    """Loss and accuracy on the training and validation images, a point for each epoch."""
    figure, panels = axes(1, 2, 8, 3.2)
    for panel, metric, factor, title in zip(panels, ("loss", "acc"), (1, 100), ("loss", "accuracy, %"), strict=True):
        for stage, label, colour in (("train", "training", "#0072B2"), ("val", "validation", "#D55E00")):
            key = f"{stage}_{metric}"
            points = [(row["epoch"], factor * row[key]) for row in history if row.get(key) is not None]
            if points:
                panel.plot(*zip(*points, strict=True), marker="o", markersize=3, color=colour, label=label)
        panel.set_title(title)
        panel.set_xlabel("epoch")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    panels[0].legend()
    return figure


PROBE_TITLES = {
    "gradient_norm": "norm of the weights' gradient",
    "activation_sd": "sd of the activations",
    "dead": "dead units, %",
    "saturated": "saturated, %",
}


def probes(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """What the probes measured, a line for each layer from the first (dark) to the last (light)."""
    from matplotlib import colormaps

    figure, panels = axes(2, 2, 9, 5.6, sharex=True)
    layers = list(dict.fromkeys(row["layer"] for row in rows))
    colours = [colormaps["viridis"](0.9 * i / max(len(layers) - 1, 1)) for i in range(len(layers))]
    for panel, (key, title) in zip(panels, PROBE_TITLES.items(), strict=True):
        factor = 100 if title.endswith("%") else 1
        for layer, colour in zip(layers, colours, strict=True):
            points = [
                (row["step"], factor * row[key]) for row in rows if row["layer"] == layer and row.get(key) is not None
            ]
            if points:
                panel.plot(*zip(*points, strict=True), marker="o", markersize=3, color=colour, label=layer)
        panel.set_title(title)
        if factor == 100:
            panel.set_ylim(-3, 103)
    panels[0].set_yscale("log")
    for panel in panels[2:]:
        panel.set_xlabel("step")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center")
    return figure
