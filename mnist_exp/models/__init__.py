"""The networks: what they are made of, and the one place that builds them from plain values."""

from collections.abc import Callable
from functools import partial

from mnist_exp.config.schema import Section
from mnist_exp.models.conv import BARE, ConvClassifier
from mnist_exp.models.dense import DenseClassifier
from mnist_exp.models.whitened import WhitenedClassifier
from mnist_exp.training.classifier import Classifier
from mnist_exp.training.optimizers import make_optimizer, make_schedule

FAMILIES: dict[str, Callable[..., Classifier]] = {  # by what only they have, in this order
    "whitening": WhitenedClassifier,
    "channels": partial(ConvClassifier, stem=BARE),
    "hidden": DenseClassifier,
}


def build(
    model: Section,
    *,
    mean: float,
    std: float,
    optimizer: Section,
    schedule: Section,
    label_smoothing: float,
    gradient_clip: float | None,
) -> Classifier:
    """The classifier that these settings describe: `channels` make it convolutional, `whitening` comes before them."""
    layers = {key: value for key, value in model.items() if key not in ("name", "_target_", "uses_activation")}
    family = next(kind for key, kind in FAMILIES.items() if key in layers)
    return family(
        **layers,
        mean=mean,
        std=std,
        make_optimizer=partial(make_optimizer, **optimizer),
        make_schedule=partial(make_schedule, **schedule),
        label_smoothing=label_smoothing,
        gradient_clip=gradient_clip,
    )
