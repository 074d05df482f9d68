"""Whether images fit a convolutional network: checked when a sweep is planned, and when the network is built."""

from collections.abc import Sequence

from mnist_exp.config.schema import ConvConfig, ModelConfig, WhitenedConfig
from mnist_exp.errors import UserError


def check_network_size(model: ModelConfig, input_shape: tuple[int, int, int]) -> None:
    """Raise UserError for a built-in network that takes no images of this shape."""
    if not isinstance(model, ConvConfig) or not model._target_.startswith("mnist_exp."):
        return
    channels, *size = input_shape
    if isinstance(model, WhitenedConfig):
        first = model.whitening
        check_whitening(first.filters, first.kernel, input_shape)
        size = whitened_size(size, first.kernel, first.stride)
    conv_features([channels, *model.channels], size, model.kernel, model.padding)


def whitened_size(size: Sequence[int], kernel: int, stride: int) -> list[int]:
    """Height and width of the maps of the whitening layer."""
    return [(side - kernel) // stride + 1 for side in size]


def conv_features(channels: Sequence[int], size: Sequence[int], kernel: int, padding: str) -> int:
    """How many numbers the convolutions pass to the dense part. Raises UserError if no pixel is left."""
    for i in range(1, len(channels)):
        size = [(side if padding == "same" else side - kernel + 1) // 2 for side in size]
        if min(size) < 1:
            raise UserError(
                f"model.channels={list(channels[1:])} with model.kernel={kernel} leaves no pixel after convolution "
                f"{i}: use fewer channels, a smaller kernel or model.padding=same."
            )
    return size[0] * size[1] * channels[-1]


def check_whitening(filters: int, kernel: int, input_shape: tuple[int, int, int]) -> None:
    """Raise UserError for a kernel that is larger than the images, or for more filters than twice its components."""
    channels, *sides = input_shape
    if kernel > min(sides):
        raise UserError(f"model.whitening.kernel={kernel}: must be at most {min(sides)}, the smaller side of an image.")
    limit = 2 * channels * kernel**2
    if filters % 2 or filters > limit:
        patch = f"{kernel}×{kernel} pixels" + (f" of {channels} channels" if channels > 1 else "")
        raise UserError(
            f"model.whitening.filters={filters}: must be even, and at most {limit} here, twice the size of a patch "
            f"({patch})."
        )
