"""A run in TensorBoard: its curves, the graph of its network, its row in the HParams table."""

import math
import struct
from functools import partial
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.summary_pb2 import Summary
from torch import nn

from mnist_exp.models import Classifier
from mnist_exp.runs.record import PerClass, Record

FINAL = ("train_acc", "val_acc", "val_loss", "test_acc", "test_loss", "train_seconds")
PROJECTED = 1_000  # images in the projector


class Curves(TensorBoardLogger):
    """The run's own log directory, with one event file from start to end."""

    def __init__(self, run_dir: Path) -> None:
        super().__init__(run_dir, name="", version="", default_hp_metric=False)

    def begin(self, model: Classifier, record: Record) -> None:
        # The HParams table has columns only for figures that were announced before any was logged.
        self.log_hyperparams(hyperparameters(record), {f"final/{name}": math.nan for name in FINAL})
        graph = Event(graph_def=layer_graph(model.network).SerializeToString())
        self.experiment._get_file_writer().add_event(graph)

    def end(self, record: Record) -> None:
        finals = {f"final/{name}": getattr(record, name) for name in FINAL}
        self.log_metrics({name: value for name, value in finals.items() if value is not None}, 1)
        if record.per_class:
            self.experiment.add_text("test/report", report_table(record.per_class))

    def images(self, folder: Path) -> None:
        """The pictures of a folder, as they are, in the image tab."""
        for path in sorted(folder.glob("*.png")):
            png = path.read_bytes()
            width, height = struct.unpack(">II", png[16:24])  # PNG's header
            image = Summary.Image(width=width, height=height, colorspace=4, encoded_image_string=png)
            event = Event(summary=Summary(value=[Summary.Value(tag=path.stem, image=image)]))
            self.experiment._get_file_writer().add_event(event)

    def project(self, model: Classifier, images: np.ndarray, labels: np.ndarray) -> None:
        """What the layer before the logits makes of the first 1,000 images, with the images themselves as sprites."""
        *_, last, _ = (name for name, _ in model.network.named_children())
        pixels = torch.from_numpy(images[:PROJECTED]).unsqueeze(1)
        with torch.inference_mode():
            features = model.intermediates(pixels.to(model.device), [last])[last]
        self.experiment.add_embedding(features.flatten(1).float(), labels[:PROJECTED].tolist(), pixels / 255)

    def finalize(self, status: str) -> None:
        """Lightning calls this after fit and again after test; the file stays open until close."""

    def save(self) -> None:
        """Nothing: Lightning's hparams.yaml would only repeat the configuration in result.json."""

    def close(self) -> None:
        self.experiment.close()


RATE_EVERY = 10  # steps from one point of the learning rate's curve to the next


class RateCurve(pl.Callback):
    """The learning rate, every so many steps."""

    def on_train_start(self, trainer: pl.Trainer, module: Classifier) -> None:  # type: ignore[override]
        module.before_step.append(partial(self._note, trainer))

    def _note(self, trainer: pl.Trainer) -> None:
        if trainer.global_step % RATE_EVERY:
            return
        for logger in trainer.loggers:
            logger.log_metrics({"lr": trainer.optimizers[0].param_groups[0]["lr"]}, trainer.global_step)


class WeightHistograms(pl.Callback):
    """The weights and biases of every layer, once an epoch."""

    def on_train_epoch_end(self, trainer: pl.Trainer, module: Classifier) -> None:  # type: ignore[override]
        for name, values in module.network.named_parameters():
            if not values.isfinite().all():
                continue  # it has diverged, which the epoch's end will say
            trainer.logger.experiment.add_histogram(name, values, trainer.current_epoch + 1)  # type: ignore[union-attr]


def hyperparameters(record: Record) -> dict[str, Any]:
    """What one compares runs by: the columns every study has, and what was typed besides. All settings, some 30,
    would bury them."""
    typed = [override.lstrip("+~").split("=", 1) for override in record.overrides if "=" in override]
    # By the last part of the key; schedule.name=cosine is the schedule.
    columns = {key.removesuffix(".name").rpartition(".")[2]: _number(value) for key, value in typed}
    always = {"activation": record.activation or "none", "model": record.model, "data": record.data}
    return columns | always | {"seed": record.seed, "lr": record.lr}


def _number(text: str) -> float | str:
    """As a number where it is one: TensorBoard then draws an axis rather than a list."""
    try:
        return float(text)
    except ValueError:
        return text


def layer_graph(network: nn.Sequential) -> GraphDef:
    """The network as its named layers in a row. torch's traced graph takes 2 s a run and hides the names."""
    nodes: list[NodeDef] = []
    before: list[str] = []
    for name, layer in network.named_children():
        node = NodeDef(name=name, op=type(layer).__name__, input=before)
        node.attr["what"].s = repr(layer).encode()
        for weight, value in layer.named_parameters():
            node.attr[weight].s = "×".join(map(str, value.shape)).encode()
        nodes.append(node)
        before = [name]
    return GraphDef(node=nodes)


def report_table(per_class: PerClass) -> str:
    """Precision, recall, F1 and support per digit, as Markdown."""
    columns = (per_class["precision"], per_class["recall"], per_class["f1"])
    rows = [
        f"| {digit} | " + " | ".join(f"{values[digit]:.4f}" for values in columns) + f" | {support} |"
        for digit, support in enumerate(per_class["support"])
    ]
    return "\n".join(["| digit | precision | recall | F1 | support |", "|---|---|---|---|---|", *rows])
