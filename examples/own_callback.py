"""A Lightning callback that logs the size of all weights after each epoch.

    mnist-exp model=mlp callbacks=[./own_callback.py:WeightSize]

Its curve is in TensorBoard, as weights/norm. Any other Lightning callback works the same way.
"""

import lightning.pytorch as pl
import torch


class WeightSize(pl.Callback):
    """Logs the Euclidean norm of all parameters together."""

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        norms = torch.stack([parameter.detach().norm() for parameter in pl_module.parameters()])
        pl_module.log("weights/norm", norms.norm())
