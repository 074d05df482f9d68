"""How long others take for an epoch, measured in ours."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from mnist_exp.figures.style import STUDY, axes

COLOURS = [*STUDY.values()]


def bars(times: Mapping[str, Mapping[str, float]]) -> Figure:
    """A bar for each contender, in groups by network; the line is ours."""
    contenders = list(dict.fromkeys(name for found in times.values() for name in found if name != "ours"))
    figure, (place,) = axes(1, 1, 7, 1.2 + 0.25 * len(times) * (len(contenders) + 1))
    height = 0.8 / len(contenders)
    for i, (name, colour) in enumerate(zip(contenders, COLOURS, strict=False)):
        at = [-(group + i * height) for group, found in enumerate(times.values()) if name in found]
        ratios = [found[name] for found in times.values() if name in found]
        drawn = place.barh(at, ratios, height * 0.9, color=colour, label=name)
        place.bar_label(drawn, [f"{ratio:.2f}" for ratio in ratios], padding=3, fontsize=8)
    place.axvline(1, color="#000000", linewidth=1, label="ours")
    place.set_yticks([-(group + 0.4 - height / 2) for group in range(len(times))], list(times))
    place.set_xlabel("seconds for an epoch, times ours")
    figure.legend(loc="outside upper center", ncols=len(contenders) + 1)
    return figure
