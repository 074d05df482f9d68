"""What a run does to a network besides training it."""

import lightning.pytorch as pl
import torch

from mnist_exp.data.module import MNISTDataModule
from mnist_exp.data.pixels import channels_first
from mnist_exp.models.whitened import FITTED_ON, WhitenedNet
from mnist_exp.training.classifier import LitClassifier


class FitWhitening(pl.Callback):
    """Before the first epoch, fit a whitening network's fixed layer. Part of training, and of its seconds."""

    def __init__(self, data: MNISTDataModule) -> None:
        self.data = data

    def on_train_epoch_start(self, trainer: pl.Trainer, module: LitClassifier) -> None:  # type: ignore[override]
        if trainer.current_epoch == 0 and isinstance(module.network, WhitenedNet):
            images = torch.from_numpy(channels_first(self.data.train.images[:FITTED_ON]))
            module.network.fit_whitening(module.standardise(images.to(module.device)))
