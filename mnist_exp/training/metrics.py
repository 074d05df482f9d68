"""What is measured: predictions collected over an epoch, and metrics of them."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric, MetricCollection
from torchmetrics.classification import MulticlassAccuracy
from torchmetrics.functional.classification import multiclass_confusion_matrix
from torchmetrics.utilities import dim_zero_cat

from mnist_exp.arguments import make
from mnist_exp.errors import UserError
from mnist_exp.runs.record import PerClass


def make_metrics(specs: Mapping[str, Mapping[str, Any]], num_classes: int) -> MetricCollection:
    """Accuracy, and the configured metrics by name.

    Args:
        specs: `_target_` and arguments of each; num_classes is filled in.
        num_classes: how many classes there are.

    Raises UserError for a metric that cannot be made, or that is no torchmetrics.Metric.
    """
    # Unchecked arguments: the labels were checked when they were read, and checking takes half of the time.
    shared: dict[str, Any] = {"num_classes": num_classes, "validate_args": False}
    found: dict[str, Metric | MetricCollection] = {"acc": MulticlassAccuracy(average="micro", **shared)}
    for name, spec in specs.items():
        made = make(spec, f"metrics={name}", f"metrics.{name}", **shared)
        if not isinstance(made, Metric):
            raise UserError(f"metrics={name}: {spec['_target_']} must be a torchmetrics.Metric.")
        found[name] = made
    return MetricCollection(found, compute_groups=len(found) == 1)


class Predictions(Metric):
    """All logits and labels since the last reset.

    They stay on their device and are reduced once an epoch: metrics updated at every step cost more than a dense
    network's step itself.
    """

    full_state_update = False
    logits: list[Tensor]
    labels: list[Tensor]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.add_state("logits", default=[], dist_reduce_fx="cat")
        self.add_state("labels", default=[], dist_reduce_fx="cat")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        self.logits.append(logits)
        self.labels.append(labels)

    def compute(self) -> tuple[Tensor, Tensor]:
        return dim_zero_cat(self.logits), dim_zero_cat(self.labels)


def per_class(logits: Tensor, labels: Tensor, num_classes: int) -> PerClass:
    """Precision, recall, F1 and support of each class, all from one confusion matrix (a row per true class)."""
    matrix = multiclass_confusion_matrix(logits, labels, num_classes=num_classes).double().cpu()
    true_positives, predicted, actual = matrix.diag(), matrix.sum(0), matrix.sum(1)
    return {
        "precision": (true_positives / predicted.clamp(min=1)).tolist(),
        "recall": (true_positives / actual.clamp(min=1)).tolist(),
        "f1": (2 * true_positives / (predicted + actual).clamp(min=1)).tolist(),
        "support": actual.int().tolist(),
        "confusion": matrix.int().tolist(),
    }


def at_least_float32(logits: Tensor) -> Tensor:
    """Losses are not computed in half precision."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
