"""From a configuration to the module that is trained."""

from mnist_exp.config.schema import Config
from mnist_exp.models import build
from mnist_exp.training.classifier import Classifier


def build_classifier(config: Config) -> Classifier:
    """The network of a configuration with its loss, optimizer and schedule."""
    return build(
        model=config.model,
        mean=config.data.mean,
        std=config.data.std,
        optimizer=config.optimizer,
        schedule=config.schedule,
        label_smoothing=config.loss.label_smoothing,
        gradient_clip=config.trainer.gradient_clip,
    )
