"""Colour, marker and dashes of each arm of a page: those of its activation in the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mnist_exp.figures.style import line

# Vega's names of markers, and the same as characters for the buttons of a legend.
SHAPES = {
    **{"circle": "●", "square": "■", "triangle-up": "▲", "diamond": "◆"},
    **{"cross": "✚", "triangle-down": "▼", "triangle-right": "▶", "triangle-left": "◀"},
}
DASHES: dict[str, list[float]] = {"-": [1, 0], "--": [6, 3], ":": [1.5, 2.5], "-.": [6, 2, 1.5, 2]}
DARK_GROUND = "#16181b"
FEWEST_CONTRAST = 3.5  # of a line on the page's ground; WCAG asks for 3


@dataclass(frozen=True)
class ArmStyle:
    """How an arm is drawn in every chart of a page."""

    arm: str
    light: str
    dark: str
    shape: str
    dash: list[float]

    @property
    def symbol(self) -> str:
        """The marker as a character."""
        return SHAPES[self.shape]


def arm_styles(activations: Mapping[str, str | None]) -> list[ArmStyle]:
    """The styles of arms, given with their activations. Arms with the same activation differ by their markers."""
    shapes = list(SHAPES)
    return [
        _arm_style(arm, line(activation), shapes[place % len(shapes)])
        for place, (arm, activation) in enumerate(activations.items())
    ]


def _arm_style(arm: str, style: Mapping[str, Any], shape: str) -> ArmStyle:
    dash = style["linestyle"]
    return ArmStyle(arm, style["color"], readable_on_dark(style["color"]), shape, _dashes(dash))


def _dashes(linestyle: Any) -> list[float]:
    return DASHES[linestyle] if isinstance(linestyle, str) else [1.5 * length for length in linestyle[1]]


def readable_on_dark(colour: str) -> str:
    """The colour, mixed with as little white as gives it enough contrast on the dark page."""
    rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    for tenths in range(11):
        mixed = [round(value + (255 - value) * tenths / 10) for value in rgb]
        found = "#" + "".join(f"{value:02x}" for value in mixed)
        if contrast(found, DARK_GROUND) >= FEWEST_CONTRAST:
            return found
    return "#ffffff"


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours after WCAG 2."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
