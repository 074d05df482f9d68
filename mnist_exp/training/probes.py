"""Looking inside while training: gradients, activations, dead and saturated units, layer by layer."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn

from mnist_exp.models import Classifier
from mnist_exp.models.activations import SATURATED, ZERO, derivative
from mnist_exp.runs.files import write_probes

COLUMNS = ("step", "layer", "gradient_norm", "activation_mean", "activation_sd", "dead", "saturated")


def looked_at(activation: nn.Module, inputs: Tensor) -> Tensor:
    """What one activation layer does to its inputs (images, units, …): the last four of COLUMNS.

    A unit is a dense unit or a channel of a convolution.
    """
    inputs = inputs.detach().float()
    values, slopes = activation(inputs), derivative(activation, inputs).abs()
    silent = ((values.abs() < ZERO) | (slopes < ZERO)).transpose(0, 1).flatten(1).all(1)
    return torch.stack([values.mean(), values.std(), silent.float().mean(), (slopes < SATURATED).float().mean()])


@dataclass(frozen=True)
class Look:
    """Before a step, by layer; on the device still, since reading it off would hold up a GPU."""

    step: int
    gradient_norms: Mapping[str, Tensor]
    units: Mapping[str, Tensor]

    def rows(self) -> Iterator[dict[str, Any]]:
        for layer in {**self.gradient_norms, **self.units}:
            norm, units = self.gradient_norms.get(layer), self.units.get(layer)
            told = [None] * 4 if units is None else units.tolist()
            figures = (None if norm is None else norm.item(), *told)
            yield dict(zip(COLUMNS, (self.step, layer, *figures), strict=True))


class Probes(pl.Callback):
    """Every so many steps, before one is taken: the gradients it brings, and what a fixed batch of images meets.
    Told at the end of each epoch."""

    def __init__(self, every: int, images: Tensor, run_dir: Path) -> None:
        self.every, self.images, self.run_dir = every, images, run_dir
        self.looks: list[Look] = []
        self.rows: list[dict[str, Any]] = []

    def on_train_start(self, trainer: pl.Trainer, module: Classifier) -> None:  # type: ignore[override]
        self.images = self.images.to(module.device)
        module.before_step.append(partial(self.look, trainer, module))

    def look(self, trainer: pl.Trainer, module: Classifier) -> None:
        if trainer.global_step % self.every:
            return
        scaler = getattr(trainer.precision_plugin, "scaler", None)  # of 16-mixed: it divides later, in its step
        one = torch.ones((), device=module.device)
        norms = gradient_norms(module.network, scaler.scale(one) if scaler else one)
        self.looks.append(Look(trainer.global_step, norms, self._units(trainer, module)))

    def _units(self, trainer: pl.Trainer, module: Classifier) -> dict[str, Tensor]:
        """By the name of the layer before the activation; in evaluation mode, so that nothing of the run changes.

        (With batch norm that is the network as it would be tested: at step 0 its statistics are still 0 and 1.)
        """
        training = module.training
        module.eval()
        found = {}
        with torch.no_grad(), trainer.precision_plugin.forward_context():
            x = self.images
            for name, layer in module.network.named_children():
                if name.endswith("_act"):
                    found[name.removesuffix("_act")] = looked_at(layer, x)
                x = layer(x)
        module.train(training)
        return found

    def _tell(self, trainer: pl.Trainer) -> None:
        looks, self.looks = self.looks, []
        for row in itertools.chain.from_iterable(look.rows() for look in looks):
            self.rows.append(row)
            figures = {f"{name}/{row['layer']}": row[name] for name in COLUMNS[2:] if row[name] is not None}
            for logger in trainer.loggers:
                logger.log_metrics(figures, row["step"])

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self._tell(trainer)

    def on_train_end(self, trainer: pl.Trainer, module: Classifier) -> None:  # type: ignore[override]
        self.looks.append(Look(trainer.global_step, {}, self._units(trainer, module)))  # as training leaves them
        self._tell(trainer)
        write_probes(self.run_dir, self.rows)

    def on_exception(self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        try:
            self._tell(trainer)
        finally:  # a GPU that failed tells no more
            write_probes(self.run_dir, self.rows)  # a run that diverges is the one to look into


def gradient_norms(network: nn.Module, scale: Tensor | float) -> dict[str, Tensor]:
    """The Euclidean norm of the gradient of each layer's weights, which come multiplied by the scale."""
    weights = {name: getattr(layer, "weight", None) for name, layer in network.named_children() if "_" not in name}
    return {name: w.grad.norm() / scale for name, w in weights.items() if w is not None and w.grad is not None}
