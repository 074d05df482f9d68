"""The test images that most runs get wrong, with what is said of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_exp.study.mistakes import Mistake, NetworkMistakes


@dataclass(frozen=True)
class Picture:
    """A test image with its texts."""

    address: str
    title: str  # what it shows
    runs: str
    predicted: list[str]


@dataclass(frozen=True)
class Mistakes:
    """Of a network."""

    network: str
    sentence: str
    pictures: list[Picture]


def mistake_rows(found: Sequence[NetworkMistakes]) -> list[Mistakes]:
    """The same, as the page shows it."""
    return [Mistakes(one.network, one.sentence, [_picture(mistake) for mistake in one.mistakes]) for one in found]


def _picture(mistake: Mistake) -> Picture:
    return Picture(
        mistake.picture,
        f"{mistake.actual}, test image {mistake.index}",
        f"wrong in {mistake.wrong} of {mistake.runs} runs",
        predictions(mistake),
    )


def predictions(mistake: Mistake) -> list[str]:
    """What the arms predict: 9, or 9 (relu, mish) and 7 (tanh)."""
    arms: dict[str, list[str]] = {}
    for arm, label in mistake.predicted.items():
        arms.setdefault(label, []).append(arm)
    if len(arms) == 1:
        return list(arms)
    return [f"{label} ({', '.join(names)})" for label, names in sorted(arms.items(), key=lambda item: -len(item[1]))]
