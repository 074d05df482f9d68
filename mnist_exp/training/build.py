"""From a configuration to the module that is trained."""

from mnist_exp.config.schema import Config
from mnist_exp.training.classifier import LitClassifier
from mnist_exp.training.fast_loop import FastClassifier


def build_classifier(config: Config, steps_per_epoch: int | None = None) -> LitClassifier:
    """The module that a configuration describes; with the number of steps of an epoch, for the fast loop."""
    if steps_per_epoch is None:
        return LitClassifier.from_config(config)
    return FastClassifier.from_config(
        config, steps_per_epoch=steps_per_epoch, gradient_clip=config.trainer.gradient_clip
    )
