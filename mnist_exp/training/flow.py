"""Before a run: what theory predicts for the outputs and gradients of its network, beside which the probes measure."""

import logging
from dataclasses import asdict

import numpy as np
import torch

from mnist_exp.config.schema import Config
from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.data.pixels import channels_first
from mnist_exp.error_messages import explain
from mnist_exp.models.batch_gradients import Batches
from mnist_exp.models.signal_flow import predict_flow
from mnist_exp.training.classifier import LitClassifier

log = logging.getLogger(__name__)
MOST_IMAGES = 128  # pairs of images take time


def predicted_rows(config: Config, module: LitClassifier, train: LabelledImages) -> list[dict[str, float | None]]:
    """A row for each layer of a network before its training; none if it is of a kind without a prediction.

    An activation of the user's own may raise anything at the numbers where it is tried. That must not cost a run.
    """
    count = len(train.labels)
    first = train.images[: min(config.diagnostics.probe_images, MOST_IMAGES)]
    sample = np.random.default_rng(0).permutation(count)[:MOST_IMAGES]  # a set may be in the order of its classes
    labels = torch.from_numpy(train.labels[sample]).long()
    probed, images = (
        module.standardise(torch.from_numpy(channels_first(pixels))) for pixels in (first, train.images[sample])
    )
    try:
        with torch.random.fork_rng(devices=[]):
            found = predict_flow(
                module.network,
                config.model.init,
                probed,
                images,
                labels,
                Batches(min(config.data.batch_size, count), share_of_same_class(train.labels)),
                config.loss.label_smoothing,
            )
    except Exception as error:
        log.debug("No prediction for this network: %s", explain(error))
        return []
    return [asdict(layer) for layer in found or ()]


def share_of_same_class(labels: np.ndarray) -> float:
    """Of all pairs of different images, the share of those of the same class."""
    counts = np.unique(labels, return_counts=True)[1].astype(float)
    count = len(labels)
    return float((counts * (counts - 1)).sum() / max(count * (count - 1), 1))
