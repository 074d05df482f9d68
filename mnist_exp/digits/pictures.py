"""Whole pictures → the size, the colours and the brightness of a network's training images."""

import numpy as np
from PIL import Image

from mnist_exp.digits.network_input import InputNeeds, NetworkInput, border_mean
from mnist_exp.errors import UserError

LIGHT = 128  # grey levels: a picture whose border pixels have a higher mean is light there


def prepare_picture(pixels: np.ndarray, needs: InputNeeds) -> NetworkInput:
    """Resize a picture for a network; its proportions change if the network's images have others.

    A grey picture that is light at its border is inverted if the training images are dark there.

    Args:
        pixels: 0 to 255, (h, w) for a network with grey images, (h, w, 3) for one with colour.
        needs: what the network needs.

    Raises:
        UserError: the network takes neither grey nor RGB images, or its training images are needed and not there.
    """
    channels, height, width = needs.shape
    if channels not in (1, 3):
        raise UserError(f"An image file is grey or colour, but the network takes {needs}.")
    whole = Image.fromarray(np.rint(pixels).clip(0, 255).astype(np.uint8))
    resized = np.asarray(whole.resize((width, height), Image.Resampling.BICUBIC))  # antialiased by Pillow
    if not needs.is_colour and border_mean(resized) > LIGHT and needs.dark_border:
        resized = 255 - resized
    return NetworkInput(resized, (0, 0, whole.width, whole.height))
