"""A run in TensorBoard: its curves, the graph of its network, its row in the HParams table."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
import torch.nn.functional as F
from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import TensorBoardLogger
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.summary_pb2 import Summary
from torch import Tensor, nn
from torch.utils.tensorboard.writer import FileWriter, SummaryWriter

from mnist_exp.data.pixels import channels_first
from mnist_exp.figures.tensorboard import image_value
from mnist_exp.models.layers import last_hidden, layer_edges
from mnist_exp.runs.event_file import EventFile
from mnist_exp.runs.record import PerClass, Record
from mnist_exp.training.classifier import LitClassifier
from mnist_exp.training.step_callback import StepCallback

FINAL = ("train_acc", "val_acc", "val_loss", "test_acc", "test_loss", "train_seconds")
STAGES = ("train", "val", "test")
PROJECTED = 1_000  # images in the projector


class RunFileWriter(FileWriter):
    """PyTorch's, on a file that is written at once and not from another thread."""

    def __init__(self, folder: str) -> None:
        self.event_writer = EventFile(folder)


class RunWriter(SummaryWriter):
    """PyTorch's, with one event file in its folder."""

    def _get_file_writer(self) -> FileWriter:
        if self.file_writer is None:
            self.file_writer: Any = RunFileWriter(self.log_dir)
            self.all_writers: Any = {self.log_dir: self.file_writer}
        writer: FileWriter = self.file_writer
        return writer


class RunLogger(TensorBoardLogger):
    """TensorBoard's files in the run's own directory, with one event file from start to end."""

    def __init__(self, save_dir: Path) -> None:
        super().__init__(save_dir, name="", version="", default_hp_metric=False)

    @property
    @rank_zero_experiment
    def experiment(self) -> SummaryWriter:
        """PyTorch's writer."""
        if self._experiment is None:
            self._experiment = RunWriter(self.log_dir)
        return self._experiment

    def begin(self, module: LitClassifier, record: Record) -> None:
        """Write the HParams row and the graph."""
        # The HParams table has columns only for metrics that were announced before any was logged.
        names = [*FINAL, *(f"{stage}_{name}" for name in record.config.metrics for stage in STAGES)]
        self.log_hyperparams(hyperparameters(record), {f"final/{name}": math.nan for name in names})
        images = module.standardise(torch.zeros(2, *module.hparams["input_shape"], dtype=torch.uint8))
        graph = Event(graph_def=layer_graph(module.network, images).SerializeToString())
        self.experiment._get_file_writer().add_event(graph)

    def end(self, record: Record) -> None:
        """Write the final metrics."""
        self.log_metrics(final_metrics(record), 1)
        if record.per_class:
            self.experiment.add_text("test/report", report_table(record.per_class, record.config.images.classes))

    def add_images(self, folder: Path) -> None:
        """Show the PNG files of a folder in the image tab, unchanged."""
        for path in sorted(folder.glob("*.png")):
            event = Event(summary=Summary(value=[image_value(path.stem, path.read_bytes())]))
            self.experiment._get_file_writer().add_event(event)

    def add_projector(self, module: LitClassifier, images: np.ndarray, names: Sequence[str]) -> None:
        """Show the last hidden layer's output for the first 1,000 images, with the images as sprites.

        Args:
            module: The network.
            images: Images (n, h, w) or (n, h, w, c).
            names: The name of each image's class.
        """
        pixels = torch.from_numpy(channels_first(images[:PROJECTED]))
        with torch.inference_mode():
            features = last_hidden(module.network, module.standardise(pixels.to(module.device)))
        self.experiment.add_embedding(features.flatten(1).float(), list(names[:PROJECTED]), sprites(pixels))

    def finalize(self, status: str) -> None:
        """Lightning calls this after fit and again after test; the file stays open until close."""

    def save(self) -> None:
        """Nothing: Lightning's hparams.yaml would only repeat the configuration in result.json."""

    def close(self) -> None:
        self.experiment.close()


class LearningRateCurve(StepCallback):
    """The learning rate, every ten steps."""

    def __init__(self) -> None:
        super().__init__(every=10)

    def at_step(self, trainer: pl.Trainer, module: LitClassifier) -> None:
        for logger in trainer.loggers:
            logger.log_metrics({"lr": trainer.optimizers[0].param_groups[0]["lr"]}, trainer.global_step)


class WeightHistograms(pl.Callback):
    """The weights and biases of every layer, once an epoch."""

    def on_train_epoch_end(self, trainer: pl.Trainer, module: LitClassifier) -> None:  # type: ignore[override]
        for name, values in module.network.named_parameters():
            if not values.isfinite().all():
                continue  # the run has diverged, which the end of the epoch reports
            for logger in trainer.loggers:
                if isinstance(logger, RunLogger):
                    logger.experiment.add_histogram(name, values, trainer.current_epoch + 1)


def final_metrics(record: Record) -> dict[str, float]:
    """The metrics that a run ended with, as final/NAME; those that do not exist are left out."""
    values = {name: getattr(record, name) for name in FINAL} | record.metrics
    return {f"final/{name}": value for name, value in values.items() if value is not None}


def hyperparameters(record: Record) -> dict[str, float | str]:
    """What one compares runs by: the columns every study has, and what was typed besides. All settings, some 30,
    would bury them."""
    typed = [override.lstrip("+~").split("=", 1) for override in record.overrides if "=" in override]
    # By the last part of the key; model.activation=mish is the activation.
    columns = {key.rpartition(".")[2]: _number(value) for key, value in typed}
    always = {"activation": record.activation or "none", "model": record.model, "data": record.data}
    return columns | always | {"seed": record.seed, "lr": record.lr}


def _number(text: str) -> float | str:
    """As a number where it is one: TensorBoard then draws an axis rather than a list."""
    try:
        return float(text)
    except ValueError:
        return text


def layer_graph(network: nn.Module, images: Tensor) -> GraphDef:
    """The network's layers and how they are connected. torch's traced graph takes 2 s a run and hides the names."""
    graph = GraphDef()
    training = network.training
    network.eval()
    with torch.no_grad():
        edges = layer_edges(network, images)
    network.train(training)
    for name, layer, sources in edges:
        node = NodeDef(name=name, op=type(layer).__name__, input=sources)
        node.attr["layer"].s = repr(layer).encode()
        for weight, value in layer.named_parameters():
            node.attr[weight].s = "×".join(map(str, value.shape)).encode()
        graph.node.append(node)
    return graph


def sprites(pixels: Tensor) -> Tensor:
    """Images (n, c, h, w) as the projector needs them: in [0, 1], square, grey or RGB.

    Images of other numbers of channels are shown by the mean over the channels.
    """
    height, width = pixels.shape[-2:]
    side = max(height, width)
    shown = (pixels if pixels.size(1) in (1, 3) else pixels.float().mean(1, keepdim=True)) / 255
    return F.pad(shown, (0, side - width, 0, side - height))


def report_table(per_class: PerClass, classes: Sequence[str]) -> str:
    """Precision, recall, F1 and support of each class, as Markdown."""
    columns = (per_class["precision"], per_class["recall"], per_class["f1"], per_class["support"])
    rows = [
        f"| {name.replace('|', '&#124;')} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {support} |"
        for name, precision, recall, f1, support in zip(classes, *columns, strict=True)
    ]
    return "\n".join(["| class | precision | recall | F1 | support |", "|---|---|---|---|---|", *rows])
