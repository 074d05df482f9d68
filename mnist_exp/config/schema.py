"""The configuration as dataclasses: every key, its type and its bounds. The values are in conf/, and only there."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from omegaconf import MISSING

from mnist_exp.config.fields import (
    LARGEST,
    betas,
    between,
    mapping,
    must_be,
    numbers_by_channel,
    one_of,
    plain_name,
    positive,
    registered,
    registered_by_layer,
    whole_numbers,
    within,
)

LARGEST_SEED = 2**32 - 1
MOST_IMAGES = 10_000_000
WIDEST = 100_000  # units or channels of a layer
LONGEST = 1_000_000  # epochs
MOST_THREADS = 1024


def _seed() -> Any:
    return within(0, LARGEST_SEED)


@dataclass
class SeedsConfig:
    """The seed of each source of randomness; null = `seed`. That of the split is `data.split_seed`."""

    weights: int | None = _seed()
    order: int | None = _seed()
    noise: int | None = _seed()


@dataclass
class AugmentConfig:
    """Random changes of the training images: shift and elastic distortion in pixels, rotation in degrees."""

    shift: float = within(0, 1000)
    rotation: float = between(0, 180)
    elastic: float = within(0, 1000)


@dataclass
class DataConfig:
    """The data set, where it is found, and how it is split and batched."""

    name: str = registered("data")
    root: str = MISSING
    fallback: bool = MISSING
    batch_size: int = within(1, MOST_IMAGES)
    eval_batch_size: int = within(1, MOST_IMAGES)
    val_size: int = within(0, MOST_IMAGES)
    split_seed: int = _seed()
    mean: Any = numbers_by_channel("finite numbers", math.isfinite)
    std: Any = numbers_by_channel("finite numbers above 0", lambda v: 0 < v < math.inf)
    augment: AugmentConfig = field(default_factory=AugmentConfig)


@dataclass
class OwnDataConfig(DataConfig):
    """Data that a function returns: a YAML file names it in `_target_`, with its arguments beside it.

    `options` are those arguments. `classes` are the names of the classes; null for those that the function returns.
    """

    name: str = plain_name(": directories are named after it")
    val_size: int | None = within(0, MOST_IMAGES)  # type: ignore[assignment]  # null until the data are read: datasets.completed
    _target_: str = MISSING
    classes: list[str] | None = MISSING
    options: dict[str, Any] = MISSING


@dataclass
class ModelConfig:
    """What every network has; the classes below add what only theirs have."""

    _target_: str = MISSING
    name: str = plain_name(": directories are named after it")
    uses_activation: bool = MISSING
    activation: Any = registered_by_layer("activation")
    activation_options: Any = mapping()
    leaky_slope: float = within(-1000, 1000)
    init: str = one_of("torch", "glorot", "he", "lecun", "matched")

    def activations(self) -> list[str]:
        """The names of all activations of the network."""
        named = [self.activation] if isinstance(self.activation, str) else list(self.activation)
        return [*named, *filter(None, [getattr(self, "dense_activation", None)])]


@dataclass
class OwnModelConfig(ModelConfig):
    """A network of the user's own; `options` are the arguments that only it has."""

    options: dict[str, Any] = MISSING


@dataclass
class DenseConfig(ModelConfig):
    """A dense network; without hidden layers, softmax regression."""

    hidden: list[int] = whole_numbers(1, WIDEST)
    dropout: float = between(0, 1)
    batch_norm: bool = MISSING


@dataclass
class ConvConfig(DenseConfig):
    """A convolutional network; `hidden` are the dense layers after the convolutions."""

    channels: list[int] = whole_numbers(1, WIDEST)
    kernel: int = within(1, 1000)
    padding: str = one_of("valid", "same")
    dense_activation: str | None = registered("activation")


@dataclass
class WhiteningConfig:
    """The first layer of `cnn_quick`, which whitens patches of the image."""

    filters: int = within(2, WIDEST)
    kernel: int = within(1, 1000)  # and no larger than the images: the network checks that
    stride: int = within(1, 1000)


@dataclass
class WhitenedConfig(ConvConfig):
    """A convolutional network with a whitening layer in front."""

    whitening: WhiteningConfig = field(default_factory=WhiteningConfig)
    views: bool = MISSING


@dataclass
class OptimizerConfig:
    """What every optimizer has."""

    name: str = registered("optimizer")
    lr: float = positive()
    weight_decay: float = within(0, LARGEST)


@dataclass
class OwnOptimizerConfig(OptimizerConfig):
    """An optimizer that is not in the registry; `options` are the arguments that only it has."""

    name: str = plain_name()
    _target_: str = MISSING
    options: dict[str, Any] = MISSING


@dataclass
class SGDConfig(OptimizerConfig):
    """Stochastic gradient descent."""

    momentum: float = between(0, 1)


@dataclass
class AdamConfig(OptimizerConfig):
    """Adam and AdamW."""

    betas: list[float] = betas()


@dataclass
class MuonConfig(OptimizerConfig):
    """Muon for matrices and kernels; `betas` are those of Adam for all other parameters."""

    momentum: float = between(0, 1)
    betas: list[float] = betas()


@dataclass
class ScheduleConfig:
    """What every schedule has."""

    name: str = registered("schedule")


@dataclass
class OwnScheduleConfig(ScheduleConfig):
    """A schedule that is not in the registry; `options` are its arguments. It is stepped every step or epoch."""

    name: str = plain_name()
    _target_: str = MISSING
    interval: str = one_of("step", "epoch")
    options: dict[str, Any] = MISSING


@dataclass
class WarmupConfig(ScheduleConfig):
    """A schedule that raises the learning rate over the fraction `warmup` of the steps."""

    warmup: float = between(0, 1)


@dataclass
class LossConfig:
    """The training loss."""

    label_smoothing: float = between(0, 1)


@dataclass
class TrainerConfig:
    """How long and on what a run trains."""

    max_epochs: int = within(1, LONGEST)
    accelerator: str = one_of("auto", "cpu", "gpu", "cuda", "mps")
    devices: int = must_be(
        "1, since one run is one device; a sweep scales out by running several in parallel (hydra/launcher=joblib)",
        lambda v: v == 1,
    )
    precision: str = one_of("auto", "32-true", "bf16-mixed", "16-mixed", "64-true")
    deterministic: bool = MISSING
    threads: int | None = within(1, MOST_THREADS)
    gradient_clip: float | None = positive()
    early_stopping: int | None = within(1, LONGEST)
    progress_bar: bool | None = MISSING
    resume_every: float | None = within(0, LONGEST)


@dataclass
class DiagnosticsConfig:
    """What is measured and drawn in addition to loss and accuracy."""

    figures: bool | None = MISSING
    probe_every: int = within(0, MOST_IMAGES)
    probe_images: int = within(2, MOST_IMAGES)
    histograms: bool = MISSING
    projector: bool = MISSING
    test_each_epoch: bool = MISSING


@dataclass
class ImageFacts:
    """What the images of a data set are. Taken from the data set, never set by the user.

    `shape` is channels, height and width. `mean` and `std` are of the training pixels in [0, 1]: a number for grey
    images, one number per channel for colour.
    """

    shape: list[int]
    classes: list[str]
    mean: float | list[float]
    std: float | list[float]

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        channels, height, width = self.shape
        return channels, height, width

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.classes)


@dataclass
class ClaimConfig:
    """What a published source says about a setup; `epochs` has [train, test] accuracy by epoch."""

    name: str | None = plain_name()
    source: str | None = MISSING
    train_acc: float | None = within(0, 1)
    val_acc: float | None = within(0, 1)
    test_acc: float | None = within(0, 1)
    test_loss: float | None = within(0, LARGEST)
    epochs: dict[int, list[float]] = MISSING


@dataclass
class SweepConfig:
    """A sweep: its directory, what it reuses, and what it varies."""

    name: str | None = plain_name(": a directory is named after it")
    dry_run: bool = MISSING
    reuse: str = one_of("warn", "strict")
    until: str | None = one_of("decided")
    max_seeds: int = within(4, 10_000)
    axes: dict[str, str] = MISSING
    arms: list[str] = MISSING


@dataclass
class StudyConfig:
    """How the activations of a sweep are compared."""

    margin: float = positive(100)  # points of accuracy
    control: str | None = must_be("the name of an activation", bool)


@dataclass
class ObjectiveConfig:
    """What the command returns to a sweeper that searches, such as Optuna's."""

    seeds: list[int] | None = whole_numbers(0, LARGEST_SEED, fewest=1)


@dataclass
class Settings:
    """Everything that can be set for one run."""

    seed: int = _seed()
    seeds: SeedsConfig = field(default_factory=SeedsConfig)
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = MISSING
    optimizer: OptimizerConfig = MISSING
    schedule: ScheduleConfig = MISSING
    loss: LossConfig = field(default_factory=LossConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    callbacks: dict[str, dict[str, Any]] = MISSING
    logger: dict[str, dict[str, Any]] = MISSING
    metrics: dict[str, dict[str, Any]] = MISSING
    diagnostics: DiagnosticsConfig = field(default_factory=DiagnosticsConfig)
    claim: ClaimConfig = field(default_factory=ClaimConfig)
    sweep: SweepConfig = field(default_factory=SweepConfig)
    study: StudyConfig = field(default_factory=StudyConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)


@dataclass
class Config(Settings):
    """The whole configuration of one run: its settings, and what follows from them."""

    images: ImageFacts = MISSING
    sources: dict[str, str] = MISSING  # what the user's own code and data are, as hashes by name

    @property
    def weights_seed(self) -> int:
        """The seed of the initial weights."""
        return self.seed if self.seeds.weights is None else self.seeds.weights

    @property
    def order_seed(self) -> int:
        """The seed of the batch order."""
        return self.seed if self.seeds.order is None else self.seeds.order

    @property
    def noise_seed(self) -> int:
        """The seed of dropout, augmentation and everything else that is drawn while training."""
        return self.seed if self.seeds.noise is None else self.seeds.noise

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


# The classes that a group's files choose among: a file names one with `/schema/NAME@_here_`.
# A class stands before those whose keys it has too, so that the first match is the right one.
VARIANTS: dict[str, dict[str, type[Any]]] = {
    "data": {"data": DataConfig},
    "model": {"whitened": WhitenedConfig, "conv": ConvConfig, "dense": DenseConfig},
    "optimizer": {"muon": MuonConfig, "sgd": SGDConfig, "adam": AdamConfig},
    "schedule": {"warmup": WarmupConfig, "constant": ScheduleConfig},
}
# The class of a section whose file names none: the user's own. What only its `_target_` takes goes to `options`.
OWN: dict[str, type[Any]] = {
    "data": OwnDataConfig,
    "model": OwnModelConfig,
    "optimizer": OwnOptimizerConfig,
    "schedule": OwnScheduleConfig,
}
# Sections with an entry for each chosen file of their group: name → `_target_` and its arguments.
LISTS = ("callbacks", "logger", "metrics")
