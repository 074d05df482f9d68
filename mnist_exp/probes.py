"""Looking inside while training: gradients, activations, dead and saturated units, layer by layer."""

from functools import partial
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn

from mnist_exp.models import Classifier
from mnist_exp.models.activations import SATURATED, ZERO, derivative
from mnist_exp.record import write_probes

COLUMNS = ("step", "layer", "gradient_norm", "activation_mean", "activation_sd", "dead", "saturated")


def looked_at(activation: nn.Module, inputs: Tensor) -> dict[str, float]:
    """What one activation layer does to its inputs (images, units, …): mean and sd, shares of dead and saturated.

    A unit is a dense unit or a channel of a convolution.
    """
    inputs = inputs.detach().float()
    values, slopes = activation(inputs), derivative(activation, inputs).abs()
    silent = ((values.abs() < ZERO) | (slopes < ZERO)).transpose(0, 1).flatten(1).all(1)
    figures = (values.mean(), values.std(), silent.float().mean(), (slopes < SATURATED).float().mean())
    return dict(zip(COLUMNS[3:], torch.stack(figures).tolist(), strict=True))


class Probes(pl.Callback):
    """Every so many steps, before one is taken: the gradients it brings, and what a fixed batch of images meets."""

    def __init__(self, every: int, images: Tensor, run_dir: Path) -> None:
        self.every, self.images, self.run_dir = every, images, run_dir
        self.rows: list[dict[str, Any]] = []

    def on_train_start(self, trainer: pl.Trainer, module: Classifier) -> None:  # type: ignore[override]
        module.before_step.append(partial(self.look, trainer, module))

    def look(self, trainer: pl.Trainer, module: Classifier) -> None:
        if trainer.global_step % self.every:
            return
        scaler = getattr(trainer.precision_plugin, "scaler", None)  # of 16-mixed: it divides later, in its step
        self._note(trainer, module, gradient_norms(module.network, scaler.get_scale() if scaler else 1.0))

    def _note(self, trainer: pl.Trainer, module: Classifier, norms: dict[str, float]) -> None:
        units = self._units(trainer, module)
        for layer in {**norms, **units}:
            row = {"step": trainer.global_step, "layer": layer, "gradient_norm": norms.get(layer)}
            self.rows.append({column: (row | units.get(layer, {})).get(column) for column in COLUMNS})
            figures = {f"{name}/{layer}": v for name, v in list(self.rows[-1].items())[2:] if v is not None}
            for logger in trainer.loggers:
                logger.log_metrics(figures, trainer.global_step)

    def _units(self, trainer: pl.Trainer, module: Classifier) -> dict[str, dict[str, float]]:
        """By the name of the layer before the activation; in evaluation mode, so that nothing of the run changes.

        (With batch norm that is the network as it would be tested: at step 0 its statistics are still 0 and 1.)
        """
        training = module.training
        module.eval()
        found = {}
        with torch.no_grad(), trainer.precision_plugin.forward_context():
            x = self.images.to(module.device)
            for name, layer in module.network.named_children():
                if name.endswith("_act"):
                    found[name.removesuffix("_act")] = looked_at(layer, x)
                x = layer(x)
        module.train(training)
        return found

    def on_train_end(self, trainer: pl.Trainer, module: Classifier) -> None:  # type: ignore[override]
        self._note(trainer, module, {})  # the units as training leaves them
        write_probes(self.run_dir, self.rows)

    def on_exception(self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        write_probes(self.run_dir, self.rows)  # a run that diverges is the one to look into


def gradient_norms(network: nn.Module, scale: float) -> dict[str, float]:
    """The Euclidean norm of the gradient of each layer's weights, which come multiplied by the scale."""
    weights = {name: getattr(layer, "weight", None) for name, layer in network.named_children() if "_" not in name}
    norms = {name: w.grad.norm() for name, w in weights.items() if w is not None and w.grad is not None}
    return dict(zip(norms, (torch.stack(list(norms.values())) / scale).tolist(), strict=True))
