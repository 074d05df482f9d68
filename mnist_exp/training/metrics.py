"""What is measured: predictions collected over an epoch, and metrics of them."""

import warnings
from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric, MetricCollection
from torchmetrics.classification import MulticlassAccuracy
from torchmetrics.functional.classification import multiclass_confusion_matrix
from torchmetrics.utilities import dim_zero_cat

from mnist_exp import own_code
from mnist_exp.arguments import make, takes
from mnist_exp.config.fields import is_plain_name
from mnist_exp.errors import UserError
from mnist_exp.runs.record import PerClass, Record

Specs = Mapping[str, Mapping[str, Any]]
# Names with a meaning in the record and the tables: val_acc, test_loss, train_seconds, …
RESERVED = {field.name for field in fields(Record)}
IMAGES_PER_CLASS = 3  # on which a metric is tried


def make_metrics(specs: Specs, num_classes: int, validate_args: bool = False) -> MetricCollection:
    """Accuracy, and the configured metrics by name.

    Args:
        specs: `_target_` and arguments of each; num_classes is filled in.
        num_classes: how many classes there are.
        validate_args: whether torchmetrics checks arguments and labels. The labels were checked when they were read,
            and checking takes half of the time.

    Raises UserError for a metric that cannot be made, that is no torchmetrics.Metric, or whose name is taken.
    """
    shared: dict[str, Any] = {"num_classes": num_classes, "validate_args": validate_args}
    found: dict[str, Metric | MetricCollection] = {"acc": MulticlassAccuracy(average="micro", **shared)}
    for name, spec in specs.items():
        if not is_plain_name(name) or RESERVED & {f"{stage}_{name}" for stage in ("train", "val", "test")}:
            raise UserError(f"metrics={name}: choose another name; only letters, digits, - and _, and not a metric's.")
        found[name] = _make_metric(name, spec, shared)
    return MetricCollection(found, compute_groups=len(found) == 1)


def _make_metric(name: str, spec: Mapping[str, Any], shared: Mapping[str, Any]) -> Metric:
    made: Metric = make(spec, f"metrics={name}", f"metrics.{name}", (Metric, "torchmetrics.Metric"), **shared)
    return made


def check_metrics(specs: Specs, num_classes: int) -> None:
    """Try every configured metric on a few logits. Raises UserError for one that raises or returns no single number."""
    labels = torch.arange(num_classes).repeat(IMAGES_PER_CLASS)
    logits = torch.randn(len(labels), num_classes, generator=torch.Generator().manual_seed(0))
    for name, metric in make_metrics(specs, num_classes, validate_args=True).items(keep_base=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # so few images
            value = own_code.calling(f"metrics={name}", partial(metric, logits, labels))
        if name in specs and not (isinstance(value, Tensor) and value.numel() == 1):
            raise _not_one_number(name, specs[name], value)


def _not_one_number(name: str, spec: Mapping[str, Any], value: object) -> UserError:
    found = f"{value.numel()} numbers" if isinstance(value, Tensor) else f"a {type(value).__name__}"
    code = own_code.find(own_code.as_target(spec["_target_"]))
    can_average = isinstance(value, Tensor) and takes(code, "average")
    key = f"{'' if 'average' in spec else '+'}metrics.{name}.average"
    hint = f" Set {key}=macro, or use another metric." if can_average else ""
    return UserError(f"metrics={name}: must return one number, a tensor of one element; it returned {found}.{hint}")


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
