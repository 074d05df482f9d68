"""An image for TensorBoard."""

import struct

from tensorboard.compat.proto.summary_pb2 import Summary

RGBA = 4  # TensorBoard's number for it


def image_value(tag: str, png: bytes) -> Summary.Value:
    """A PNG, unchanged, as what an event file holds."""
    width, height = struct.unpack(">II", png[16:24])  # PNG's header
    image = Summary.Image(width=width, height=height, colorspace=RGBA, encoded_image_string=png)
    return Summary.Value(tag=tag, image=image)
