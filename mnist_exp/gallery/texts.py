"""Properties as text."""

import math

from mnist_exp.gallery.properties import Properties


def number(value: float | None, decimals: int = 2) -> str:
    """Without trailing zeros; with a minus sign rather than a hyphen, and none before 0."""
    if value is None:
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{round(value, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".").replace("-", "−")


def saturated_sides(found: Properties) -> str:
    """below −4.58 and above 4.58; empty if there is no such side"""
    if found.saturated_below == math.inf:
        return "everywhere"
    sides = (("below", found.saturated_below), ("above", found.saturated_above))
    return " and ".join(f"{word} {number(x)}" for word, x in sides if x is not None)


def caption(found: Properties) -> list[str]:
    """The lines below a plot: range, where it is saturated or dead, not monotone, and whether it shrinks gradients."""
    lines = [f"values {number(found.lowest)} to {number(found.highest)}"]
    if saturated := saturated_sides(found):
        lines.append(f"{'dead' if found.dead else 'saturated'} {saturated}")
    if not found.monotone:
        lines.append("not monotone")
    if found.lipschitz < 0.5:
        lines.append(f"steepest {number(found.lipschitz)}: gradients shrink")
    return lines


def saturation(found: Properties) -> str:
    """dead below 0 (50 %): where it is saturated, and how often that happens for standard normal inputs."""
    share = f"{number(100 * found.saturated_share, 1)} %"
    sides = saturated_sides(found)
    return f"{'dead ' if found.dead else ''}{sides} ({share})" if sides else f"no side ({share})"
