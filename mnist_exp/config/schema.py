"""What may be said in a configuration: types and bounds; names.py has the names. What *is* said stands in conf/."""

import math
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from omegaconf import MISSING, DictConfig, OmegaConf

from mnist_exp.errors import UserError, unknown_key
from mnist_exp.names import Accelerator, Activation, DataName, Init, OptimizerName, Padding, Precision, ScheduleName

_HERE = Path(__file__).resolve().parents[1]  # the package
# In a checkout conf/ stands beside the package; in a wheel it travels inside it.
CONF = _HERE / "conf" if (_HERE / "conf").is_dir() else _HERE.parent / "conf"


def _must(be: str, holds: Callable[[Any], bool]) -> Any:
    """A field without a default whose value, unless null, has to satisfy `holds`."""
    return field(default=MISSING, metadata={"be": be, "holds": holds})


def is_plain(name: str) -> bool:
    return re.fullmatch(r"[\w-]+", name) is not None


def _at_least(low: float) -> Any:
    return _must(f"at least {low}", lambda v: low <= v < math.inf)


def _between(low: float, high: float) -> Any:
    return _must(f"from {low} up to, not including, {high}", lambda v: low <= v < high)


def _positive() -> Any:
    return _must("a finite number above 0", lambda v: 0 < v < math.inf)


def _each_at_least_one() -> Any:
    return _must("whole numbers of at least 1", lambda v: all(n >= 1 for n in v))


@dataclass
class AugmentConfig:
    shift: float = _at_least(0)
    rotation: float = _between(0, 180)
    elastic: float = _at_least(0)


@dataclass
class DataConfig:
    name: DataName = MISSING
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
class ModelConfig:
    """What every network has; dense and convolutional ones add their own below."""

    name: str = _must("letters, digits, - and _: directories are named after it", is_plain)
    hidden: list[int] = _each_at_least_one()
    activation: Activation = MISSING
    leaky_slope: float = _must("a finite number", math.isfinite)
    dropout: float = _between(0, 1)
    batch_norm: bool = MISSING
    init: Init = MISSING


@dataclass
class DenseConfig(ModelConfig):
    pass


@dataclass
class ConvConfig(ModelConfig):
    channels: list[int] = _each_at_least_one()
    kernel: int = _at_least(1)
    padding: Padding = MISSING
    dense_activation: Activation | None = MISSING


@dataclass
class WhiteningConfig:
    filters: int = _at_least(2)
    kernel: int = _must("from 1 to 28", lambda v: 1 <= v <= 28)
    stride: int = _at_least(1)


@dataclass
class WhitenedConfig(ConvConfig):
    whitening: WhiteningConfig = field(default_factory=WhiteningConfig)
    views: bool = MISSING


@dataclass
class OptimizerConfig:
    name: OptimizerName = MISSING
    lr: float = _positive()
    momentum: float = _between(0, 1)
    betas: list[float] = _must("two numbers in [0, 1)", lambda v: len(v) == 2 and all(0 <= b < 1 for b in v))
    weight_decay: float = _at_least(0)


@dataclass
class ScheduleConfig:
    name: ScheduleName = MISSING
    warmup: float = _between(0, 1)


@dataclass
class LossConfig:
    label_smoothing: float = _between(0, 1)


@dataclass
class TrainerConfig:
    max_epochs: int = _at_least(1)
    accelerator: Accelerator = MISSING
    devices: int = _must(
        "1, since one run is one device; a sweep scales out by doing several runs at once (hydra/launcher=joblib)",
        lambda v: v == 1,
    )
    precision: Precision = MISSING
    deterministic: bool = MISSING
    threads: int | None = _at_least(1)
    gradient_clip: float | None = _positive()
    early_stopping: int | None = _at_least(1)
    progress_bar: bool | None = MISSING


@dataclass
class LookConfig:
    figures: bool | None = MISSING
    probe_every: int = _at_least(0)
    probe_images: int = _at_least(2)
    histograms: bool = MISSING
    projector: bool = MISSING
    test_each_epoch: bool = MISSING


@dataclass
class ClaimConfig:
    """What a published source says of a setup; `epochs` has [train, test] accuracy by epoch."""

    name: str | None = _must("letters, digits, - and _", is_plain)
    source: str | None = MISSING
    train_acc: float | None = MISSING
    val_acc: float | None = MISSING
    test_acc: float | None = MISSING
    test_loss: float | None = MISSING
    epochs: dict[int, list[float]] = MISSING


@dataclass
class SweepConfig:
    name: str | None = _must("letters, digits, - and _: a directory is named after it", is_plain)
    dry_run: bool = MISSING
    axes: dict[str, str] = MISSING
    arms: list[str] = MISSING


@dataclass
class Config:
    seed: int = _must("from 0 to 4294967295", lambda v: 0 <= v < 2**32)
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = MISSING
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    look: LookConfig = field(default_factory=LookConfig)
    claim: ClaimConfig = field(default_factory=ClaimConfig)
    sweep: SweepConfig = field(default_factory=SweepConfig)


def register() -> None:
    """Make the schema, and ${stamp:} for directory names, known to Hydra."""
    from hydra.core.config_store import ConfigStore

    OmegaConf.register_new_resolver("stamp", _stamp, use_cache=True, replace=True)
    store = ConfigStore.instance()
    store.store("typed", Config)
    store.store("dense", DenseConfig, group="schema")
    store.store("whitened", WhitenedConfig, group="schema")
    store.store("conv", ConvConfig, group="schema")


def _stamp() -> str:
    """The time, and four characters that keep two sweeps of one second apart."""
    return f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{secrets.token_hex(2)}"


def check(config: DictConfig) -> None:
    """Refuse what the types alone let through: keys added with `+`, and values out of bounds."""
    for path, node in _typed_nodes(config):
        if not is_dataclass(OmegaConf.get_type(node)):
            continue  # the axes of a sweep have the names of any keys
        known = {f.name: f for f in fields(cast(Any, OmegaConf.get_type(node)))}
        if gone := [key for key in known if key not in node]:
            raise UserError(f"{path}{gone[0]} has been removed, but every run needs it.")
        for key in map(str, node):
            full_key = path + key
            if key not in known:
                if full_key != "hydra":
                    raise unknown_key(full_key, known)
                continue
            _check_value(full_key, node[key], known[key].metadata)


def _typed_nodes(node: DictConfig, path: str = "") -> Iterator[tuple[str, DictConfig]]:
    yield path, node
    for key in node:
        if isinstance(child := node[key], DictConfig) and str(key) != "hydra":
            yield from _typed_nodes(child, f"{path}{key!s}.")


def _check_value(full_key: str, value: Any, metadata: Any) -> None:
    if metadata and value is not None and not metadata["holds"](value):
        raise UserError(f"{full_key}={value}: must be {metadata['be']}.")


def plain(config: DictConfig) -> dict[str, Any]:
    """The resolved configuration as JSON-ready values: enums by name, nothing left to interpolate."""
    kept = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    container = OmegaConf.to_container(kept, resolve=True, throw_on_missing=True, enum_to_str=True)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}
