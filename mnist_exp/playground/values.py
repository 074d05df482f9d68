"""What the page gets from the server, as plain values for JSON."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ArmDescription:
    """One activation's network, as the page lists it."""

    name: str
    colour: str
    seed: int
    val_acc: float | None
    test_acc: float | None
    data: str


@dataclass(frozen=True)
class NetworkDescription:
    """A network with the activations that it was trained with."""

    name: str
    arms: list[ArmDescription]
    classes: list[str]
    test_size: int  # how many test images can be chosen
    data: str  # which test set that is, or why there is none


@dataclass(frozen=True)
class Description:
    """What the playground offers."""

    networks: list[NetworkDescription]


@dataclass(frozen=True)
class Prediction:
    """What one network predicts for an image."""

    probabilities: list[float]
    silent_share: float | None  # of its units


@dataclass(frozen=True)
class LayerMaps:
    """One layer's values as images with a common scale; a dense unit is a single pixel."""

    name: str
    units: int
    height: int
    width: int
    maps: str  # units × height × width bytes, base64
    minimum: float  # the value of byte 0
    maximum: float  # the value of byte 255
    silent_units: list[int]
    silent_share: float  # of all positions


@dataclass(frozen=True)
class Answer:
    """What the networks compute for an image."""

    pixels: str  # their input, 28×28 bytes, base64
    label: str | None  # the name of a test image's class
    predictions: list[Prediction]  # of each activation
    layers: list[LayerMaps]  # of the inspected network
