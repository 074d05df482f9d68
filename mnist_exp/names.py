"""Every name that can be chosen in a configuration: a mistyped one is refused with the nearest of these."""

from enum import Enum, auto
from typing import Any


class _Name(Enum):
    """A chosen name: its value is the name, and it prints as it was typed."""

    @staticmethod
    def _generate_next_value_(name: str, *_: Any) -> str:
        return name

    def __str__(self) -> str:
        return self.name


class DataName(_Name):
    mnist = auto()
    mnist5k = auto()


class Activation(_Name):
    sigmoid = auto()
    tanh = auto()
    relu = auto()
    leaky_relu = auto()
    swish = auto()
    mish = auto()
    gelu = auto()
    elu = auto()
    selu = auto()
    hard_swish = auto()
    softplus = auto()
    identity = auto()


class Padding(_Name):
    valid = auto()
    same = auto()


class Init(_Name):
    torch = auto()
    glorot = auto()
    he = auto()
    lecun = auto()


class OptimizerName(_Name):
    sgd = auto()
    adam = auto()
    adamw = auto()
    muon = auto()


class ScheduleName(_Name):
    constant = auto()
    cosine = auto()
    one_cycle = auto()


class Accelerator(_Name):
    auto = "auto"
    cpu = "cpu"
    gpu = "gpu"
    cuda = "cuda"
    mps = "mps"


# Spelt as Lightning's users spell them, which no Python identifier is.
Precision = Enum(
    "Precision",
    {"auto": "auto", "32-true": "32-true", "bf16-mixed": "bf16-mixed", "16-mixed": "16-mixed", "64-true": "64-true"},
)
