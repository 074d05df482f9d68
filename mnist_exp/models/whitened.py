"""A convolutional network made for speed: its first layer whitens patches of the image and is not trained."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_exp.config.network_sizes import check_whitening, whitened_size
from mnist_exp.errors import UserError
from mnist_exp.kernels.flatten import FlattenInMemoryOrder
from mnist_exp.models.conv import ConvNet, Stem
from mnist_exp.models.dense import ActivationFactory

FITTED_ON = 500  # images: 72,000 patches are enough for 36 variances, and take a twentieth of a second
REGULARISER = 0.01  # added to each variance, so that the always black corners are not amplified


class Whitening(nn.Conv2d):
    """The patches' principal components, each divided by its standard deviation, and their negatives."""

    def __init__(self, channels: int, filters: int, kernel: int, stride: int) -> None:
        super().__init__(channels, filters, kernel, stride=stride)
        self.requires_grad_(False)  # no gradient is computed for it or for anything before it

    @torch.no_grad()
    def fit(self, images: Tensor) -> None:
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        patches = F.unfold(images, kernel, stride=stride).transpose(1, 2).flatten(0, 1)
        variances, directions = torch.linalg.eigh(torch.cov(patches.T.cpu().double()))  # rising; MPS has no doubles
        largest = (directions / (variances + REGULARISER).sqrt()).T.flip(0)[: self.out_channels // 2]
        self.weight.copy_(torch.cat([largest, -largest]).reshape(self.weight.shape))
        nn.init.zeros_(self.bias)  # type: ignore[arg-type]


def shifted_views(images: Tensor, background: float) -> Iterator[Tensor]:
    """The images, and the images moved by one pixel up, down, left and right."""
    padded = F.pad(images, (1, 1, 1, 1), value=background)
    for up, left in ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2)):
        yield padded[..., up : up + images.size(-2), left : left + images.size(-1)]


class WhitenedNet(ConvNet):
    """A ConvNet behind a fixed layer that whitens patches. Call `fit_whitening` before training.

    Args:
        whitening: filters (an even number), kernel and stride of the fixed layer.
        views: in evaluation mode, return the mean logits of each image and four copies moved by one pixel.
        background: the value of a black pixel, with which moved copies are filled up.
        others: arguments of ConvNet.
    """

    def __init__(
        self,
        *,
        input_shape: tuple[int, int, int],
        num_classes: int,
        activation: ActivationFactory,
        dense_activation: ActivationFactory,
        whitening: Mapping[str, int],
        views: bool,
        background: float,
        **others: Any,
    ) -> None:
        filters, kernel, stride = (whitening[key] for key in ("filters", "kernel", "stride"))
        input_channels, height, width = input_shape
        check_whitening(filters, kernel, input_shape)
        if not others["channels"]:
            raise UserError("model.channels=[]: a network that whitens needs at least one convolution after it.")
        white = ("white", Whitening(input_channels, filters, kernel, stride)), ("white_act", activation())
        height, width = whitened_size((height, width), kernel, stride)
        super().__init__(
            input_shape=input_shape,
            num_classes=num_classes,
            activation=activation,
            dense_activation=dense_activation,
            stem=Stem(filters, (height, width), white, FlattenInMemoryOrder()),
            **others,
        )
        self.views, self.background = views, background

    def fit_whitening(self, images: Tensor) -> None:
        """Set the fixed layer to the principal components of these standardised images' patches."""
        white = self.get_submodule("white")
        assert isinstance(white, Whitening)
        white.fit(images[:FITTED_ON])

    def forward(self, images: Tensor) -> Tensor:
        if self.training or self.plain or not self.views:
            return super().forward(images)
        logits = [super(WhitenedNet, self).forward(view) for view in shifted_views(images, self.background)]
        stacked = torch.stack(logits)
        return stacked.to(torch.promote_types(stacked.dtype, torch.float32)).mean(0)
