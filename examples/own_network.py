"""A small network with skip connections, for images of any size.

With its settings in conf/model/own_network.yaml:

    mnist-exp -m --config-dir conf model=own_network model.activation=relu,mish

Without that file, with the default values below:

    mnist-exp model=./own_network.py:SkipNet model.channels=8
"""

from collections.abc import Callable

from torch import Tensor, nn


class SkipBlock(nn.Module):
    """Two convolutions. Their input is added to their output."""

    def __init__(self, channels: int, activation: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            activation(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(x + self.convolutions(x))


class SkipNet(nn.Module):
    """A convolution that halves the image, some blocks, and a dense layer.

    `activation`, `input_shape` and `num_classes` are filled in: model.activation as a function that makes a new module
    at each call, then what the data are. All other arguments are settings, such as model.channels.
    """

    def __init__(
        self,
        activation: Callable[[], nn.Module],
        input_shape: tuple[int, int, int],
        num_classes: int,
        channels: int = 16,
        blocks: int = 2,
    ) -> None:
        super().__init__()
        self.first = nn.Conv2d(input_shape[0], channels, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(*(SkipBlock(channels, activation) for _ in range(blocks)))
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.last = nn.Linear(channels * 16, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.pool(self.blocks(self.first(x))).flatten(1))
