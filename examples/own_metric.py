"""A metric: the accuracy on the class that is predicted worst.

    mnist-exp -m model=mlp model.activation=relu,tanh metrics=[./own_metric.py:WorstClass]

It is in each run's record, in results.csv and in TensorBoard. Metrics of torchmetrics need no file: metrics=[F1Score].
"""

import torch
from torch import Tensor
from torchmetrics import Metric


class WorstClass(Metric):
    """The smallest share of a class's images that is predicted correctly. `num_classes` is filled in."""

    higher_is_better = True
    full_state_update = False

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.add_state("correct", torch.zeros(num_classes), dist_reduce_fx="sum")
        self.add_state("images", torch.zeros(num_classes), dist_reduce_fx="sum")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        self.images += torch.bincount(labels, minlength=len(self.images))
        self.correct += torch.bincount(labels[logits.argmax(1) == labels], minlength=len(self.images))

    def compute(self) -> Tensor:
        seen = self.images > 0
        return (self.correct[seen] / self.images[seen]).min()
