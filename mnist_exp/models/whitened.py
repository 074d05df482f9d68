"""A convolutional network made for speed: its first layer is not trained but whitens patches of the image."""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_exp.errors import UserError
from mnist_exp.kernels.conv_pruning import SIDE, PrunedSequential
from mnist_exp.models.activations import make_activation
from mnist_exp.models.conv import ConvClassifier, Stem
from mnist_exp.training.classifier import at_least_float32

LOOKED_AT = 500  # images: 72,000 patches settle 36 variances, in a twentieth of a second
STEADY = 0.01  # added to each variance, lest the corners, always black, be blown up


class Whitening(nn.Conv2d):
    """The patches' principal components, each over its standard deviation, and their negatives for the activation."""

    def __init__(self, filters: int, kernel: int, stride: int) -> None:
        super().__init__(1, filters, kernel, stride=stride)
        self.requires_grad_(False)  # no gradient is worked out for it, nor for what comes before

    @torch.no_grad()
    def fit(self, images: Tensor) -> None:
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        patches = F.unfold(images, kernel, stride=stride).transpose(1, 2).reshape(-1, kernel * kernel)
        variances, directions = torch.linalg.eigh(torch.cov(patches.T.cpu().double()))  # rising; MPS has no doubles
        largest = (directions / (variances + STEADY).sqrt()).T.flip(0)[: self.out_channels // 2]
        self.weight.copy_(torch.cat([largest, -largest]).reshape(self.weight.shape))
        nn.init.zeros_(self.bias)  # type: ignore[arg-type]


class FlattenAsStored(nn.Module):
    """Pixel by pixel, as channels lie last: nn.Flatten copies there and back, 2 ms of a step of 26."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.permute(0, 2, 3, 1).flatten(1)


class MeanOfViews(PrunedSequential):
    """In testing, the mean over each image and itself moved by a pixel up, down, left and right."""

    def forward(self, images: Tensor) -> Tensor:
        alone = super().forward
        if self.training:
            return alone(images)
        return at_least_float32(torch.stack([alone(view) for view in moved(images)])).mean(0)


def moved(images: Tensor) -> Iterator[Tensor]:
    framed = F.pad(images, (1, 1, 1, 1))
    for up, left in ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2)):
        yield framed[..., up : up + images.size(-2), left : left + images.size(-1)]


class WhitenedClassifier(ConvClassifier):
    def __init__(
        self, *, whitening: dict[str, int], views: bool, activation: str, leaky_slope: float, **others: Any
    ) -> None:
        filters, kernel, stride = (whitening[key] for key in ("filters", "kernel", "stride"))
        if filters % 2 or filters > 2 * kernel**2:
            raise UserError(f"model.whitening.filters={filters}: must be even, and at most {2 * kernel**2} here.")
        if not others["channels"]:
            raise UserError("model.channels=[]: a network that whitens has at least one convolution after it.")
        white = ("white", Whitening(filters, kernel, stride)), ("white_act", make_activation(activation, leaky_slope))
        arrange = MeanOfViews if views else PrunedSequential
        stem = Stem(white, filters, (SIDE - kernel) // stride + 1, FlattenAsStored, arrange)
        super().__init__(stem=stem, activation=activation, leaky_slope=leaky_slope, **others)

    def on_train_epoch_start(self) -> None:
        """Part of training, and of its seconds."""
        if self.current_epoch == 0:
            digits = self.trainer.datamodule.train  # type: ignore[attr-defined]
            images = torch.from_numpy(digits.images[:LOOKED_AT]).unsqueeze(1)
            self.network.white.fit(self.network.pixels(images.to(self.device)))  # type: ignore[union-attr, operator]
