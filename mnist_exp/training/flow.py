"""Before a run: what theory predicts for the outputs and gradients of its network, beside which the probes measure."""

import logging
from dataclasses import asdict

import torch
from torch import Tensor

from mnist_exp.config.schema import Config
from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.data.module import Batches
from mnist_exp.data.pixels import channels_first
from mnist_exp.error_messages import explain
from mnist_exp.models.batch_gradients import Batch
from mnist_exp.models.signal_flow import predict_flow
from mnist_exp.training.classifier import LitClassifier

log = logging.getLogger(__name__)
MOST_IMAGES = 128  # pairs of images take time


def predicted_rows(config: Config, module: LitClassifier, train: LabelledImages) -> list[dict[str, float | None]]:
    """A row for each layer of a network before its training; none if it is of a kind without a prediction.

    Gradients are predicted for the first batch, before it is augmented, and outputs for the images that are probed. An
    activation of the user's own may raise anything at the numbers where it is tried. That must not cost a run.
    """
    pixels, labels = torch.from_numpy(channels_first(train.images)), torch.from_numpy(train.labels).long()
    images, labels = next(iter(Batches(pixels, labels, config.data.batch_size, config.order_seed)))
    try:
        with torch.random.fork_rng(devices=[]):
            found = predict_flow(
                module.network,
                config.model.init,
                module.standardise(pixels[: min(config.diagnostics.probe_images, MOST_IMAGES)]),
                module.standardise(images[:MOST_IMAGES]),
                labels[:MOST_IMAGES],
                Batch(len(labels), share_of_same_class(labels)),
                config.loss.label_smoothing,
            )
    except Exception as error:
        log.debug("No prediction for this network: %s", explain(error))
        return []
    return [asdict(layer) for layer in found or ()]


def share_of_same_class(labels: Tensor) -> float:
    """Of all pairs of different images, the share of those of the same class."""
    counts, total = labels.bincount().double(), len(labels)
    return float((counts * (counts - 1)).sum() / max(total * (total - 1), 1))
