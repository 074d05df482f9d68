"""The configuration as dataclasses: every key, its type and its bounds. The values are in conf/, and only there."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from omegaconf import MISSING

_PACKAGE = Path(__file__).resolve().parents[1]
# In a checkout conf/ is beside the package; in a wheel it is inside it.
CONF = _PACKAGE / "conf" if (_PACKAGE / "conf").is_dir() else _PACKAGE.parent / "conf"


def _must(be: str, holds: Callable[[Any], bool]) -> Any:
    """A field without a default. Its value must be null or satisfy `holds`; `be` says so in an error message."""
    return field(default=MISSING, metadata={"be": be, "holds": holds})


def is_plain_name(name: str) -> bool:
    """Whether a directory can be named like this."""
    return re.fullmatch(r"[\w-]+", name) is not None


def _at_least(low: float) -> Any:
    return _must(f"at least {low}", lambda v: low <= v < math.inf)


def _between(low: float, high: float) -> Any:
    return _must(f"from {low} up to, not including, {high}", lambda v: low <= v < high)


def _positive() -> Any:
    return _must("a finite number above 0", lambda v: 0 < v < math.inf)


def _each_at_least_one() -> Any:
    return _must("whole numbers of at least 1", lambda v: all(n >= 1 for n in v))


def _one_of(*choices: str) -> Any:
    return field(default=MISSING, metadata={"choices": choices})


def _registered(kind: str) -> Any:
    """A name in one of the registry's tables."""
    return field(default=MISSING, metadata={"registry": kind})


def _betas() -> Any:
    return _must("two numbers in [0, 1)", lambda v: len(v) == 2 and all(0 <= b < 1 for b in v))


@dataclass
class Section:
    """A part of the configuration."""

    # Temporary: read access as to a dictionary.
    def __getitem__(self, key: str) -> Any:
        if key not in self.keys():
            raise KeyError(key)
        return getattr(self, key)

    def __contains__(self, key: str) -> bool:
        return key in self.keys()

    def get(self, key: str, default: Any = None) -> Any:
        return getattr(self, key, default)

    def keys(self) -> list[str]:
        return [f.name for f in fields(self)]

    def items(self) -> Iterator[tuple[str, Any]]:
        return ((key, getattr(self, key)) for key in self.keys())


@dataclass
class AugmentConfig(Section):
    shift: float = _at_least(0)
    rotation: float = _between(0, 180)
    elastic: float = _at_least(0)


@dataclass
class DataConfig(Section):
    name: str = _registered("data")
    root: str = MISSING
    fallback: bool = MISSING
    batch_size: int = _at_least(1)
    eval_batch_size: int = _at_least(1)
    val_size: int = _at_least(0)
    split_seed: int = _at_least(0)
    mean: float = _must("a finite number", math.isfinite)
    std: float = _positive()
    augment: AugmentConfig = field(default_factory=AugmentConfig)


@dataclass
class ModelConfig(Section):
    """What every network has. The classes below add what their networks have besides."""

    _target_: str = MISSING
    name: str = _must("letters, digits, - and _: directories are named after it", is_plain_name)
    uses_activation: bool = MISSING
    activation: str = _registered("activation")
    leaky_slope: float = _must("a finite number", math.isfinite)
    hidden: list[int] = _each_at_least_one()
    dropout: float = _between(0, 1)
    batch_norm: bool = MISSING
    init: str = _one_of("torch", "glorot", "he", "lecun")


@dataclass
class DenseConfig(ModelConfig):
    pass


@dataclass
class ConvConfig(ModelConfig):
    channels: list[int] = _each_at_least_one()
    kernel: int = _at_least(1)
    padding: str = _one_of("valid", "same")
    dense_activation: str | None = _registered("activation")


@dataclass
class WhiteningConfig(Section):
    filters: int = _at_least(2)
    kernel: int = _must("from 1 to 28", lambda v: 1 <= v <= 28)
    stride: int = _at_least(1)


@dataclass
class WhitenedConfig(ConvConfig):
    whitening: WhiteningConfig = field(default_factory=WhiteningConfig)
    views: bool = MISSING


@dataclass
class OptimizerConfig(Section):
    """What every optimizer has."""

    name: str = _registered("optimizer")
    lr: float = _positive()
    weight_decay: float = _at_least(0)


@dataclass
class SGDConfig(OptimizerConfig):
    momentum: float = _between(0, 1)


@dataclass
class AdamConfig(OptimizerConfig):
    betas: list[float] = _betas()


@dataclass
class MuonConfig(OptimizerConfig):
    momentum: float = _between(0, 1)
    betas: list[float] = _betas()


@dataclass
class ScheduleConfig(Section):
    """What every schedule has."""

    name: str = _registered("schedule")


@dataclass
class WarmupConfig(ScheduleConfig):
    warmup: float = _between(0, 1)


@dataclass
class LossConfig(Section):
    label_smoothing: float = _between(0, 1)


@dataclass
class TrainerConfig(Section):
    max_epochs: int = _at_least(1)
    accelerator: str = _one_of("auto", "cpu", "gpu", "cuda", "mps")
    devices: int = _must(
        "1, since one run is one device; a sweep scales out by doing several runs at once (hydra/launcher=joblib)",
        lambda v: v == 1,
    )
    precision: str = _one_of("auto", "32-true", "bf16-mixed", "16-mixed", "64-true")
    deterministic: bool = MISSING
    threads: int | None = _at_least(1)
    gradient_clip: float | None = _positive()
    early_stopping: int | None = _at_least(1)
    progress_bar: bool | None = MISSING


@dataclass
class DiagnosticsConfig(Section):
    figures: bool | None = MISSING
    probe_every: int = _at_least(0)
    probe_images: int = _at_least(2)
    histograms: bool = MISSING
    projector: bool = MISSING
    test_each_epoch: bool = MISSING


@dataclass
class ClaimConfig(Section):
    """What a published source says about a setup; `epochs` has [train, test] accuracy by epoch."""

    name: str | None = _must("letters, digits, - and _", is_plain_name)
    source: str | None = MISSING
    train_acc: float | None = MISSING
    val_acc: float | None = MISSING
    test_acc: float | None = MISSING
    test_loss: float | None = MISSING
    epochs: dict[int, list[float]] = MISSING


@dataclass
class SweepConfig(Section):
    name: str | None = _must("letters, digits, - and _: a directory is named after it", is_plain_name)
    dry_run: bool = MISSING
    reuse: str = _one_of("warn", "strict")
    axes: dict[str, str] = MISSING
    arms: list[str] = MISSING


@dataclass
class Config(Section):
    """The whole configuration of one run."""

    seed: int = _must("from 0 to 4294967295", lambda v: 0 <= v < 2**32)
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = MISSING
    optimizer: OptimizerConfig = MISSING
    schedule: ScheduleConfig = MISSING
    loss: LossConfig = field(default_factory=LossConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    callbacks: list[str] = MISSING
    loggers: list[str] = MISSING
    diagnostics: DiagnosticsConfig = field(default_factory=DiagnosticsConfig)
    claim: ClaimConfig = field(default_factory=ClaimConfig)
    sweep: SweepConfig = field(default_factory=SweepConfig)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Config":
        """The configuration in a record of this version or an earlier one; KeyError where something is missing."""
        from mnist_exp.config.migration import migrated

        config: Config = _section(cls, migrated(values))
        return config


# The classes that a group's files choose among, by the keys that only they have.
VARIANTS: dict[str, Sequence[type[Section]]] = {
    "model": (WhitenedConfig, ConvConfig, DenseConfig),
    "optimizer": (MuonConfig, SGDConfig, AdamConfig),
    "schedule": (WarmupConfig, ScheduleConfig),
}


def variant(section: str, values: dict[str, Any]) -> Section:
    """A section of a group with several classes, as the one whose keys the values have."""
    kind = next(c for c in VARIANTS[section] if {f.name for f in fields(c)} <= values.keys())
    return _section(kind, values)


def _section(kind: type[Any], values: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    found: dict[str, Any] = {}
    for f in fields(kind):
        value = values[f.name]
        if f.name in VARIANTS and kind is Config:
            found[f.name] = variant(f.name, value)
        elif is_dataclass(hints[f.name]):
            found[f.name] = _section(hints[f.name], value)
        else:
            found[f.name] = {int(k): v for k, v in value.items()} if f.name == "epochs" else value
    return kind(**found)
