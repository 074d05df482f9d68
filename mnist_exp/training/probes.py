"""Measuring inside a network while it trains: gradients, activations, dead and saturated units, by layer."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn

from mnist_exp.models.activations import SATURATED, ZERO, derivative
from mnist_exp.models.layers import activation_calls, weighted_layers
from mnist_exp.runs.files import write_probes
from mnist_exp.training.classifier import LitClassifier
from mnist_exp.training.step_callback import StepCallback

MEASURED = ("activation_mean", "activation_sd", "activation_kurtosis", "dead", "saturated")  # of an activation
COLUMNS = ("step", "layer", "gradient_norm", *MEASURED)


def activation_statistics(activation: nn.Module, inputs: Tensor) -> Tensor:
    """The MEASURED columns for one activation and its inputs (images, units, …).

    A unit is a dense unit or a channel of a convolution. The kurtosis is 3 for a normal distribution.
    """
    inputs = inputs.detach().float()
    values, slopes = activation(inputs.clone()), derivative(activation, inputs).abs()
    silent = ((values.abs() < ZERO) | (slopes < ZERO)).transpose(0, 1).flatten(1).all(1)
    squares = (values - values.mean()).square()
    moments = values.mean(), values.std(), squares.square().mean() / squares.mean().square()
    return torch.stack([*moments, silent.float().mean(), (slopes < SATURATED).float().mean()])


@dataclass(frozen=True)
class Probe:
    """Measured before one step, by layer. The numbers stay on the device: reading them would make a GPU wait."""

    step: int
    gradient_norms: Mapping[str, Tensor]
    statistics: Mapping[str, Tensor]

    def rows(self) -> Iterator[dict[str, Any]]:
        for layer in {**self.gradient_norms, **self.statistics}:
            norm, statistics = self.gradient_norms.get(layer), self.statistics.get(layer)
            measured = [None] * len(MEASURED) if statistics is None else statistics.tolist()
            values = (self.step, layer, None if norm is None else norm.item(), *measured)
            yield dict(zip(COLUMNS, values, strict=True))


class Probes(StepCallback):
    """Every `every` steps: the gradients, and how the units react to a fixed batch. Logged after each epoch."""

    def __init__(self, every: int, images: Tensor, run_dir: Path) -> None:
        super().__init__(every)
        self.images, self.run_dir = images, run_dir
        self.probes: list[Probe] = []
        self.rows: list[dict[str, Any]] = []

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = state_dict["rows"]

    def on_train_start(self, trainer: pl.Trainer, module: LitClassifier) -> None:  # type: ignore[override]
        self.images = self.images.to(module.device)

    def at_step(self, trainer: pl.Trainer, module: LitClassifier) -> None:
        scaler = getattr(trainer.precision_plugin, "scaler", None)  # of 16-mixed: gradients are still scaled here
        one = torch.ones((), device=module.device)
        norms = gradient_norms(module.network, scaler.scale(one) if scaler else one)
        self.probes.append(Probe(trainer.global_step, norms, self._statistics(trainer, module)))

    def _statistics(self, trainer: pl.Trainer, module: LitClassifier) -> dict[str, Tensor]:
        """In evaluation mode, so that nothing of the run changes.

        (With batch norm that is the network as it would be tested: at step 0 its statistics are still 0 and 1.)
        """
        training = module.training
        module.eval()
        with torch.no_grad(), trainer.precision_plugin.forward_context():
            calls = activation_calls(module.network, module.standardise(self.images))
            found = {name: activation_statistics(call.layer, call.inputs) for name, call in calls.items()}
        module.train(training)
        return found

    def _log(self, trainer: pl.Trainer) -> None:
        probes, self.probes = self.probes, []
        for row in itertools.chain.from_iterable(probe.rows() for probe in probes):
            self.rows.append(row)
            metrics = {f"{name}/{row['layer']}": row[name] for name in COLUMNS[2:] if row[name] is not None}
            for logger in trainer.loggers:
                logger.log_metrics(metrics, row["step"])

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self._log(trainer)

    def on_train_end(self, trainer: pl.Trainer, module: LitClassifier) -> None:  # type: ignore[override]
        self.probes.append(Probe(trainer.global_step, {}, self._statistics(trainer, module)))  # after the last step
        self._log(trainer)
        write_probes(self.run_dir, self.rows)

    def on_exception(self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        try:
            self._log(trainer)
        finally:  # a GPU that failed answers no more, but what was read before is kept:
            write_probes(self.run_dir, self.rows)  # a run that diverges is the one to examine


def gradient_norms(network: nn.Module, scale: Tensor | float) -> dict[str, Tensor]:
    """The Euclidean norm of the gradient of each layer's weights, which come multiplied by the scale."""
    weights = {name: layer.weight for name, layer in weighted_layers(network).items()}
    return {name: w.grad.norm() / scale for name, w in weights.items() if w.grad is not None}  # type: ignore[operator]
