"""Seconds for an epoch of other implementations, relative to ours."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from mnist_exp.figures.style import COLOURS, axes


def bars(times: Mapping[str, Mapping[str, float]]) -> Figure:
    """A bar for each contender, grouped by network; a vertical line at 1 is ours."""
    contenders = list(dict.fromkeys(name for found in times.values() for name in found if name != "ours"))
    figure, (panel,) = axes(1, 1, 7, 1.2 + 0.25 * len(times) * (len(contenders) + 1))
    height = 0.8 / len(contenders)
    for i, (name, colour) in enumerate(zip(contenders, COLOURS, strict=False)):
        heights = [-(group + i * height) for group, found in enumerate(times.values()) if name in found]
        ratios = [found[name] for found in times.values() if name in found]
        bars_drawn = panel.barh(heights, ratios, height * 0.9, color=colour, label=name)
        panel.bar_label(bars_drawn, [f"{ratio:.2f}" for ratio in ratios], padding=3, fontsize=8)
    panel.axvline(1, color="#000000", linewidth=1, label="ours")
    panel.set_yticks([-(group + 0.4 - height / 2) for group in range(len(times))], list(times))
    panel.set_xlabel("seconds for an epoch, times ours")
    figure.legend(loc="outside upper center", ncols=len(contenders) + 1)
    return figure
