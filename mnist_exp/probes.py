"""Looking inside while training: gradients, activations, dead and saturated units, layer by layer."""

from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn

from mnist_exp.models import Classifier
from mnist_exp.models.activations import derivative
from mnist_exp.record import write_probes

# The two words, once, for every activation. A unit is a dense unit or a channel of a convolution.
SATURATED = 0.01  # an activation is saturated at an input where its derivative is smaller than this
ZERO = 1e-6  # a unit is dead if for every image (and place in it) its value or its derivative is zero: below this

COLUMNS = ("step", "layer", "gradient_norm", "activation_mean", "activation_sd", "dead", "saturated")


def looked_at(activation: nn.Module, inputs: Tensor) -> dict[str, float]:
    """What one activation layer does to its inputs (images, units, …): mean and sd, shares of dead and saturated."""
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

    def on_before_optimizer_step(self, trainer: pl.Trainer, module: Classifier, *_: Any) -> None:  # type: ignore[override]
        if trainer.global_step % self.every:
            return
        norms = gradient_norms(module.network)
        units = self._units(trainer, module)
        for layer in {**norms, **units}:
            row = {"step": trainer.global_step, "layer": layer, "gradient_norm": norms.get(layer)}
            self.rows.append({column: (row | units.get(layer, {})).get(column) for column in COLUMNS})

    def _units(self, trainer: pl.Trainer, module: Classifier) -> dict[str, dict[str, float]]:
        """By the name of the layer before the activation; in evaluation mode, so that nothing of the run changes."""
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

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        write_probes(self.run_dir, self.rows)
        for row in self.rows:
            figures = {f"{name}/{row['layer']}": row[name] for name in COLUMNS[2:] if row[name] is not None}
            for logger in trainer.loggers:
                logger.log_metrics(figures, row["step"])


def gradient_norms(network: nn.Module) -> dict[str, float]:
    """The Euclidean norm of the gradient of each layer's weights."""
    weights = {name: getattr(layer, "weight", None) for name, layer in network.named_children() if "_" not in name}
    norms = {name: w.grad.norm() for name, w in weights.items() if w is not None and w.grad is not None}
    return dict(zip(norms, torch.stack(list(norms.values())).tolist(), strict=True))
