"""Gradients of the loss as means over the images of a batch: for each pair of images, products of derivatives."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

DRAWS = 500  # of logits: gradients are exact to about 1 %
JITTER = 1e-9  # of the largest variance: a covariance matrix may be singular


@dataclass(frozen=True)
class Batch:
    """The batch that gradients are averaged over.

    Args:
        size: images in a batch.
        same_class: the share of pairs of different images that are of the same class.
    """

    size: int
    same_class: float


def output_errors(covariance: Tensor, labels: Tensor, classes: int, label_smoothing: float) -> Tensor:
    """For each pair of images the mean product of the loss's derivatives by the logits, summed over classes.

    The logits are drawn: a normal variable for each class, with this covariance between images.
    """
    generator = torch.Generator().manual_seed(0)
    jitter = JITTER * covariance.diagonal().max() * torch.eye(len(covariance), dtype=torch.double)
    normal = torch.randn(len(covariance), DRAWS * classes, generator=generator, dtype=torch.double)
    logits = (torch.linalg.cholesky(covariance + jitter) @ normal).unflatten(1, (DRAWS, classes))
    targets = F.one_hot(labels, classes).double() * (1 - label_smoothing) + label_smoothing / classes
    errors = (logits.softmax(-1) - targets[:, None]).flatten(1)
    products: Tensor = errors @ errors.T / DRAWS
    return products


def over_batch(products: Tensor, labels: Tensor, batch: Batch) -> float:
    """The mean of the products of two images of a batch: an image with itself, or with another one.

    Images of the same class and of different ones count by how often they meet in a batch. In a small sample they meet
    more or less often by chance, and where the images look alike to a network that would decide.
    """
    same, other = labels[:, None] == labels, ~torch.eye(len(labels), dtype=torch.bool)
    kinds = ((products[same & other], batch.same_class), (products[~same], 1 - batch.same_class))
    different = sum(share * found.mean().item() for found, share in kinds if len(found))
    return (products.diagonal().mean().item() + (batch.size - 1) * different) / batch.size
