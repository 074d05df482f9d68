"""Measuring inside a network while it trains, by layer: gradients, activations, dead units, what activations learn."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn

from mnist_exp.models.activations import SATURATED, ZERO, derivative
from mnist_exp.models.layers import LayerCall, activation_calls, weighted_layers
from mnist_exp.models.learned_values import ParameterValue, function_table, is_learned, parameter_values
from mnist_exp.runs.files import write_probes
from mnist_exp.runs.learned import MEAN, SD, SHAPE_COLUMNS, write_shapes
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
    learned: Mapping[str, Mapping[str, ParameterValue]]

    def rows(self) -> Iterator[dict[str, Any]]:
        for layer in {**self.gradient_norms, **self.statistics}:
            norm, statistics = self.gradient_norms.get(layer), self.statistics.get(layer)
            measured = [None] * len(MEASURED) if statistics is None else statistics.tolist()
            values = (self.step, layer, None if norm is None else norm.item(), *measured)
            yield dict(zip(COLUMNS, values, strict=True)) | _learned_columns(self.learned.get(layer, {}))


def _learned_columns(values: Mapping[str, ParameterValue]) -> dict[str, float]:
    means = {MEAN + name: value.mean.item() for name, value in values.items()}
    return means | {SD + name: value.sd.item() for name, value in values.items() if value.sd is not None}


def metric_name(column: str, layer: str) -> str:
    """What loggers call a column of a layer: dead/dense1, or for a parameter learned/beta/dense1."""
    group = "learned/" if column.startswith((MEAN, SD)) else ""
    return f"{group}{column.removeprefix(MEAN)}/{layer}"


class Probes(StepCallback):
    """Every `every` steps: the gradients, and how the units react to a fixed batch. Logged after each epoch."""

    def __init__(self, every: int, images: Tensor, run_dir: Path) -> None:
        super().__init__(every)
        self.images, self.run_dir = images, run_dir
        self.probes: list[Probe] = []
        self.rows: list[dict[str, Any]] = []
        self.shapes: list[dict[str, Any]] = []

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "shapes": self.shapes}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows, self.shapes = state_dict["rows"], state_dict["shapes"]

    def on_train_start(self, trainer: pl.Trainer, module: LitClassifier) -> None:  # type: ignore[override]
        self.images = self.images.to(module.device)

    def at_step(self, trainer: pl.Trainer, module: LitClassifier) -> None:
        scaler = getattr(trainer.precision_plugin, "scaler", None)  # of 16-mixed: gradients are still scaled here
        one = torch.ones((), device=module.device)
        norms = gradient_norms(module.network, scaler.scale(one) if scaler else one)
        self._measure(trainer, module, norms, shapes=trainer.global_step == 0)

    def _measure(self, trainer: pl.Trainer, module: LitClassifier, norms: Mapping[str, Tensor], shapes: bool) -> None:
        """In evaluation mode, so that nothing of the run changes.

        (With batch norm that is the network as it would be tested: at step 0 its statistics are still 0 and 1.)
        """
        training, step = module.training, trainer.global_step
        module.eval()
        with torch.no_grad(), trainer.precision_plugin.forward_context():
            calls = activation_calls(module.network, module.standardise(self.images))
            statistics = {name: activation_statistics(call.layer, call.inputs) for name, call in calls.items()}
        learned = {name: call for name, call in calls.items() if is_learned(call.layer)}
        values = {name: parameter_values(call.layer, call.inputs.shape[1]) for name, call in learned.items()}
        self.probes.append(Probe(step, norms, statistics, values))
        if shapes:
            self.shapes += [row for name, call in learned.items() for row in shape_rows(step, name, call)]
        module.train(training)

    def _log(self, trainer: pl.Trainer) -> None:
        probes, self.probes = self.probes, []
        for row in itertools.chain.from_iterable(probe.rows() for probe in probes):
            self.rows.append(row)
            named = {metric_name(column, row["layer"]): row[column] for column in row if column not in COLUMNS[:2]}
            metrics = {name: value for name, value in named.items() if value is not None}
            for logger in trainer.loggers:
                logger.log_metrics(metrics, row["step"])

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self._log(trainer)

    def on_train_end(self, trainer: pl.Trainer, module: LitClassifier) -> None:  # type: ignore[override]
        self._measure(trainer, module, {}, shapes=True)  # after the last step
        self._log(trainer)
        write_probes(self.run_dir, self.rows)
        write_shapes(self.run_dir, self.shapes)

    def on_exception(self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        try:
            self._log(trainer)
        finally:  # a GPU that failed answers no more, but what was read before is kept:
            write_probes(self.run_dir, self.rows)  # a run that diverges is the one to examine


def gradient_norms(network: nn.Module, scale: Tensor | float) -> dict[str, Tensor]:
    """The Euclidean norm of the gradient of each layer's weights, which come multiplied by the scale."""
    weights = {name: layer.weight for name, layer in weighted_layers(network).items()}
    return {name: w.grad.norm() / scale for name, w in weights.items() if w.grad is not None}  # type: ignore[operator]


def shape_rows(step: int, name: str, call: LayerCall) -> list[dict[str, Any]]:
    """The rows of shapes.csv for one layer; none if its activation is not a function of one number."""
    table = function_table(call.layer, call.inputs.shape[1:])
    return (
        [] if table is None else [dict(zip(SHAPE_COLUMNS, (step, name, *row), strict=True)) for row in table.tolist()]
    )
