"""The LightningModule: a network with its loss, metrics, optimizer and schedule."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any, TypeVar

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn, optim

from mnist_exp.config import own_sections
from mnist_exp.config.build import build_section
from mnist_exp.config.migration import migrated_section
from mnist_exp.config.schema import Config, ModelConfig, OptimizerConfig, OwnOptimizerConfig, ScheduleConfig
from mnist_exp.errors import UserError
from mnist_exp.models.build import build_network
from mnist_exp.models.layers import activation_parameters, intermediates
from mnist_exp.training.metrics import Predictions, at_least_float32, make_metrics
from mnist_exp.training.optimizers import interval, make_optimizer, make_schedule

DECIDING = ("train_loss", "train_acc", "val_loss", "val_acc")  # a run ends if one of them is not finite
Batch = tuple[Tensor, Tensor]
Values = dict[str, Any]  # a section of the configuration as a checkpoint holds it
SectionType = TypeVar("SectionType", ModelConfig, OptimizerConfig, ScheduleConfig)


class DivergedError(UserError):
    """The loss is no longer a number."""


class Standardise(nn.Module):
    """Raw pixels 0-255 → zero mean and unit sd over the training set."""

    scale: Tensor
    offset: Tensor

    def __init__(self, mean: float | Sequence[float], std: float | Sequence[float]) -> None:
        super().__init__()
        means, stds = _by_channel(mean), _by_channel(std)
        # Buffers, so that they follow the network's device and precision; settings, so not in its checkpoint.
        self.register_buffer("scale", (1 / (255 * stds)).float(), persistent=False)
        self.register_buffer("offset", (means / stds).float(), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Standardised pixels in the precision of the network."""
        return pixels.to(self.scale.dtype) * self.scale - self.offset


def _by_channel(value: float | Sequence[float]) -> Tensor:
    """A number as it is, or one per channel in a shape that fits images (n, channels, height, width)."""
    values = torch.tensor(value, dtype=torch.float64)
    return values.reshape(-1, 1, 1) if values.dim() else values


class LitClassifier(pl.LightningModule):
    """An image classifier trained by cross-entropy.

    Args:
        model: the section `model` of the configuration, or the same as a dictionary.
        optimizer: the section `optimizer`, likewise.
        schedule: the section `schedule`, likewise.
        input_shape: channels, height and width of an image.
        num_classes: how many classes there are.
        mean: of the training pixels, in [0, 1]; one number, or one per channel.
        std: of the training pixels, likewise.
        label_smoothing: of the training loss. Reported losses are plain cross-entropy.
        metrics: measured in addition to loss and accuracy: name → `_target_` and arguments of a torchmetrics class.
        val_names: what the validation dataloaders hold, in their order; metrics are logged as `NAME/loss`, `NAME/acc`.

    Batches are raw uint8 images (n, channels, height, width) and labels. `history` has a row for each finished epoch,
    `test_predictions` the logits and labels of the last test.
    """

    def __init__(
        self,
        model: ModelConfig | Values,
        optimizer: OptimizerConfig | Values,
        schedule: ScheduleConfig | Values,
        *,
        input_shape: Sequence[int],
        num_classes: int,
        mean: float | Sequence[float],
        std: float | Sequence[float],
        label_smoothing: float,
        metrics: Mapping[str, Mapping[str, Any]] | None = None,
        val_names: Sequence[str] = ("val",),
    ) -> None:
        super().__init__()
        self.model_config = _section("model", model, ModelConfig)
        self.optimizer_config = _section("optimizer", optimizer, OptimizerConfig)
        self.schedule_config = _section("schedule", schedule, ScheduleConfig)
        channels, height, width = input_shape
        self.num_classes, self.label_smoothing, self.val_names = num_classes, label_smoothing, list(val_names)
        self.standardise = Standardise(mean, std)
        self.network = build_network(
            self.model_config,
            input_shape=(channels, height, width),
            num_classes=num_classes,
            background=(-_by_channel(mean) / _by_channel(std)).mean().item(),
        )
        self.save_hyperparameters(
            {
                **{"model": asdict(self.model_config), "optimizer": asdict(self.optimizer_config)},
                **{"schedule": asdict(self.schedule_config), "input_shape": list(input_shape)},
                **{"num_classes": num_classes, "mean": _plain(mean), "std": _plain(std)},
                **{"label_smoothing": label_smoothing, "val_names": self.val_names},
                "metrics": {name: dict(spec) for name, spec in (metrics or {}).items()},
            },
            logger=False,
        )
        self.metrics = make_metrics(metrics or {}, num_classes)
        self.train_collected, self.test_collected = Predictions(), Predictions()
        self.val_collected = nn.ModuleList(Predictions() for _ in self.val_names)
        self.history: list[dict[str, float]] = []
        self.test_predictions: tuple[Tensor, Tensor] | None = None

    @classmethod
    def from_config(cls, config: Config, **others: Any) -> "LitClassifier":
        """The module that a configuration describes."""
        images = config.images
        val_names = ["val"] * bool(config.data.val_size) + ["test"] * config.diagnostics.test_each_epoch
        return cls(
            config.model,
            config.optimizer,
            config.schedule,
            input_shape=images.shape,
            num_classes=images.num_classes,
            mean=images.mean,
            std=images.std,
            label_smoothing=config.loss.label_smoothing,
            metrics=config.metrics,
            val_names=val_names,
            **others,
        )

    @property
    def is_built_in(self) -> bool:
        """Whether network, activations and optimizer are this package's or PyTorch's own, by their configured names."""
        own_optimizer = isinstance(self.optimizer_config, OwnOptimizerConfig)
        return own_sections.is_built_in(self.model_config) and not own_optimizer

    def forward(self, images: Tensor) -> Tensor:
        """Logits for raw images."""
        logits: Tensor = self.network(self.standardise(images))
        return logits

    def intermediates(self, images: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        """What the named layers of the network return for raw images. Raises KeyError for an unknown name."""
        return intermediates(self.network, self.standardise(images), names)

    def logits_and_loss(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Logits in at least fp32, and the training loss."""
        logits = at_least_float32(self(images))
        return logits, F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The training loss of one batch; its predictions are kept for the metrics of the epoch."""
        images, labels = batch
        logits, loss = self.logits_and_loss(images, labels)
        self.train_collected.update(logits.detach(), labels)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Keep the predictions for the metrics of the epoch."""
        images, labels = batch
        self.val_collected[dataloader_idx].update(at_least_float32(self(images)), labels)  # type: ignore[operator]

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Keep the predictions for the metrics of the test."""
        images, labels = batch
        self.test_collected.update(at_least_float32(self(images)), labels)

    def on_train_epoch_end(self) -> None:
        """Log the training metrics and add a row to `history`. Raises DivergedError if a value is not finite."""
        row = self._measure("train", self.train_collected)
        logged = self.trainer.callback_metrics
        for stage in self.val_names:
            names = [f"{stage}/{metric}" for metric in ("loss", *self.metrics)]
            row |= {name.replace("/", "_"): float(logged[name]) for name in names if name in logged}
        for name, value in row.items():
            # The test set decides nothing, and another metric may have no value, as where a class is never predicted.
            if not math.isfinite(value) and name in DECIDING:
                raise DivergedError(
                    f"diverged: {name} became {value} in epoch {self.current_epoch + 1}; "
                    "a smaller optimizer.lr or a trainer.gradient_clip may help."
                )
        self.history.append({"epoch": self.current_epoch + 1, **row})

    def on_validation_epoch_end(self) -> None:
        """Log the metrics of every validation dataloader."""
        for stage, collected in zip(self.val_names, self.val_collected, strict=True):
            assert isinstance(collected, Predictions)
            self._measure(stage, collected)

    def on_test_epoch_end(self) -> None:
        """Log the metrics of the test and keep its predictions."""
        self.test_predictions = self.test_collected.compute()
        self._measure("test", self.test_collected)

    def _measure(self, stage: str, collected: Predictions) -> dict[str, float]:
        """Log loss and metrics of an epoch, and return them as a row of the history."""
        if not collected.labels:
            return {}
        logits, labels = collected.compute()
        collected.reset()
        values = {"loss": F.cross_entropy(logits, labels).item()}
        values |= {name: value.item() for name, value in self.metrics(logits, labels).items()}
        self.metrics.reset()
        logged = {f"{stage}/{name}": value for name, value in values.items()}
        # The step is given because Lightning counts calls of training_step, which may hold several steps.
        self.log_dict(logged | {"step": float(self.trainer.global_step)})
        return {f"{stage}_{name}": value for name, value in values.items()}

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """The optimizer and its schedule over all steps of this fit.

        Raises UserError if the schedule needs the number of steps and the Trainer has none.
        """
        if self.schedule_config.name == "constant":
            return self.optimizer_and_schedule(0)  # the same rate for any number of steps
        steps = self.trainer.estimated_stepping_batches
        if math.isinf(steps):
            raise UserError(
                f"schedule={self.schedule_config.name} needs the number of steps: set the Trainer's max_epochs or "
                "max_steps, or use schedule=constant."
            )
        return self.optimizer_and_schedule(int(steps))

    def optimizer_and_schedule(self, steps: int) -> OptimizerLRSchedulerConfig:
        """The optimizer and its schedule over `steps` steps."""
        optimizer = make_optimizer(self.parameters(), self.optimizer_config, activation_parameters(self.network))
        schedule = make_schedule(optimizer, steps, self.schedule_config)
        stepped: Any = {"scheduler": schedule, "interval": interval(self.schedule_config)}
        return {"optimizer": optimizer, "lr_scheduler": stepped}

    def configure_gradient_clipping(
        self,
        optimizer: optim.Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip by norm here: Lightning refuses fused optimizers in mixed precision, although bf16 is not scaled."""
        scaled = getattr(self.trainer.precision_plugin, "scaler", None) is not None
        if gradient_clip_val and not scaled and gradient_clip_algorithm in (None, "norm"):
            nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)
            return
        self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)


def _plain(value: float | Sequence[float]) -> float | list[float]:
    return list(value) if isinstance(value, Sequence) else value


def _section(name: str, value: Any, kind: type[SectionType]) -> SectionType:
    """A section given as a dataclass or, by a checkpoint of this version or an earlier one, as a dictionary."""
    section = value if is_dataclass(value) else build_section(name, migrated_section(name, dict(value)))
    assert isinstance(section, kind)
    return section
