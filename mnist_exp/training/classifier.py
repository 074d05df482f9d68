"""The base of the family: pixels in, ten logits out, and how they are trained and measured."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn, optim
from torchmetrics.functional.classification import multiclass_accuracy, multiclass_confusion_matrix

from mnist_exp.errors import UserError
from mnist_exp.models.initialisation import initialise
from mnist_exp.runs.record import PerClass
from mnist_exp.training.cuda_graphs import make_steps

CLASSES = 10
Batch = tuple[Tensor, Tensor]


class DivergedError(UserError):
    """The loss stopped being a number."""


class Standardise(nn.Module):
    """Raw pixels 0-255 → zero mean and unit sd over the training set."""

    scale: Tensor
    offset: Tensor

    def __init__(self, mean: float, std: float) -> None:
        super().__init__()
        # Buffers, so that they follow the network's device and precision; settings, so not in its checkpoint.
        self.register_buffer("scale", torch.tensor(1 / (255 * std)), persistent=False)
        self.register_buffer("offset", torch.tensor(mean / std), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        return pixels.to(self.scale.dtype) * self.scale - self.offset


class Classifier(pl.LightningModule):
    """A network of named layers, trained by cross-entropy; the variants only say which layers."""

    def __init__(
        self,
        layers: Iterable[tuple[str, nn.Module]],
        *,
        arrange: type[nn.Sequential],
        mean: float,
        std: float,
        init: str,
        make_optimizer: Callable[[Iterable[nn.Parameter]], optim.Optimizer],
        make_schedule: Callable[[optim.Optimizer, int], optim.lr_scheduler.LRScheduler],
        label_smoothing: float,
        gradient_clip: float | None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False  # see training_step
        self.network = arrange(OrderedDict([("pixels", Standardise(mean, std)), *layers]))
        initialise(self.network, init)
        self.make_optimizer, self.make_schedule = make_optimizer, make_schedule
        self.label_smoothing, self.gradient_clip = label_smoothing, gradient_clip
        self.before_step: list[Callable[[], None]] = []  # asked before each optimiser step, gradients at hand
        self.history: list[dict[str, float]] = []  # one row per finished epoch
        self._seen: dict[str, list[tuple[Tensor, Tensor]]] = {"train": [], "val": [], "test": []}
        self.test_outputs: tuple[Tensor, Tensor] | None = None  # logits and labels of the whole test set

    def forward(self, pixels: Tensor) -> Tensor:
        return self.network(pixels)

    def intermediates(self, pixels: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        """What the named layers give for these images."""
        if missing := set(names) - {name for name, _ in self.network.named_children()}:
            raise KeyError(f"no layer is called {', '.join(sorted(missing))}")
        found, x = {}, pixels
        for name, layer in self.network.named_children():
            x = layer(x)
            if name in names:
                found[name] = x
        return found

    def training_step(self, batches: Iterable[Batch], batch_idx: int) -> None:
        """A round of optimiser steps: Lightning's own work, a millisecond each time, is done once for all of them."""
        progress = self.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
        for images, labels in batches:
            # Kept on the device and looked at once per epoch: self.log costs 250 µs a step, this costs none.
            self._seen["train"].append((self._steps.gradients(images, labels), labels))
            for look in self.before_step:
                look()
            self._steps.update()
            self._schedule.step()
            progress.increment_ready()
            progress.increment_completed()  # trainer.global_step

    def logits(self, images: Tensor) -> Tensor:
        return at_least_float32(self(images))

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing)

    def validation_step(self, batch: Batch, batch_idx: int, dataloader_idx: int = 0) -> None:
        self._see(self.trainer.datamodule.val_names[dataloader_idx], batch)  # type: ignore[attr-defined]

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        self._see("test", batch)

    def _see(self, stage: str, batch: Batch) -> None:
        images, labels = batch
        self._seen[stage].append((self.logits(images), labels))

    def on_train_epoch_end(self) -> None:
        measured = self._flush("train")[0]
        self._tell("train", measured)
        row = {f"train_{name}": value for name, value in measured.items()}
        logged = self.trainer.callback_metrics
        for stage in self.trainer.datamodule.val_names:  # type: ignore[attr-defined]
            row |= {f"{stage}_{name}": float(logged[f"{stage}/{name}"]) for name in measured}
        for name, value in row.items():
            if not math.isfinite(value) and not name.startswith("test"):  # which is only watched
                raise DivergedError(
                    f"diverged: {name} became {value} in epoch {self.current_epoch + 1}; "
                    "a smaller optimizer.lr or a trainer.gradient_clip may help."
                )
        self.history.append({"epoch": self.current_epoch + 1, **row})

    def on_validation_epoch_end(self) -> None:
        for stage in self.trainer.datamodule.val_names:  # type: ignore[attr-defined]
            measured = self._flush(stage)[0]
            self._tell(stage, measured)

    def on_test_epoch_end(self) -> None:
        measured, *self.test_outputs = self._flush("test")  # type: ignore[assignment]
        self._tell("test", measured)

    def _tell(self, stage: str, measured: dict[str, float]) -> None:
        """To callbacks and curves; by the step, where Lightning would count rounds."""
        told = {f"{stage}/{name}": value for name, value in measured.items()}
        self.log_dict(told | {"step": float(self.trainer.global_step)})

    def _flush(self, stage: str) -> tuple[dict[str, float], Tensor, Tensor]:
        """Loss and accuracy over everything seen since the last flush, with the logits and labels themselves."""
        logits, labels = (torch.cat(parts) for parts in zip(*self._seen[stage], strict=True))
        self._seen[stage].clear()
        loss = F.cross_entropy(logits, labels)
        accuracy = multiclass_accuracy(logits, labels, num_classes=CLASSES, average="micro")
        return {"loss": loss.item(), "acc": accuracy.item()}, logits, labels

    def configure_optimizers(self) -> optim.Optimizer:
        optimizer = self.make_optimizer(self.parameters())
        steps = self.trainer.datamodule.steps_per_epoch * (self.trainer.max_epochs or 0)  # type: ignore[attr-defined]
        self._schedule = self.make_schedule(optimizer, steps)
        scaler = getattr(self.trainer.precision_plugin, "scaler", None)  # of 16-mixed
        self._steps = make_steps(self, optimizer, self.gradient_clip, scaler, self.trainer.strategy.root_device)
        return optimizer

    def on_train_end(self) -> None:
        del self._steps  # and what of a GPU's memory they keep


def at_least_float32(logits: Tensor) -> Tensor:
    """Losses are not taken in half precision."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def per_class(logits: Tensor, labels: Tensor) -> PerClass:
    """Precision, recall, F1 and support of each digit, all read off one confusion matrix (rows: truth)."""
    matrix = multiclass_confusion_matrix(logits, labels, num_classes=CLASSES).double().cpu()
    hits, told, there = matrix.diag(), matrix.sum(0), matrix.sum(1)
    return {
        "precision": (hits / told.clamp(min=1)).tolist(),
        "recall": (hits / there.clamp(min=1)).tolist(),
        "f1": (2 * hits / (told + there).clamp(min=1)).tolist(),
        "support": there.int().tolist(),
        "confusion": matrix.int().tolist(),
    }
