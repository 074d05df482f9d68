"""Properties as text."""

import math

from mnist_exp.gallery.properties import Properties


def number(value: float | None, decimals: int = 2) -> str:
    """Without trailing zeros; with a minus sign rather than a hyphen, and none before 0."""
    if value is None:
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{round(value, decimals) + 0.0:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if decimals else text).replace("-", "−")


def saturation(found: Properties) -> str:
    """saturated below −4.58 and above 4.58; dead where the derivative is zero; empty if it is neither."""
    below = ("below", found.saturated_below, found.dead_below)
    above = ("above", found.saturated_above, found.dead_above)
    sides: dict[str, list[str]] = {}
    for word, saturated, dead in (below, above):
        kind, x = ("saturated", saturated) if dead is None else ("dead", dead)
        if x is not None:
            sides.setdefault(kind, []).append("everywhere" if math.isinf(x) else f"{word} {number(x)}")
    return ", ".join(f"{kind} {' and '.join(texts)}" for kind, texts in sides.items())


def caption(found: Properties) -> list[str]:
    """The lines below a plot: range, where it is saturated or dead, not monotone, and whether it shrinks gradients."""
    lines = [f"values {number(found.lowest)} to {number(found.highest)}"]
    if text := saturation(found):
        lines.append(text)
    if not found.monotone:
        lines.append("not monotone")
    if found.lipschitz < 0.5:
        lines.append(f"steepest {number(found.lipschitz)}: gradients shrink")
    return lines
