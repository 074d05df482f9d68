"""Augmentation of whole batches: each image gets its own shift, rotation and elastic distortion in one resampling."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.transforms import v2

from mnist_exp.data.transfer import to_device

ELASTIC_PIXELS = 4  # pixels per control point of the elastic distortion: 7 points for a side of 28 pixels


class Warp(v2.Transform):  # type: ignore[misc]  # torchvision has no types
    """A v2 transform of uint8 batches (n, c, h, w). Torchvision's own draw one set of parameters for a whole batch.

    Args:
        shift: Largest shift in pixels, in each direction.
        rotation: Largest angle in degrees.
        elastic: Standard deviation of the elastic displacements, in pixels.
        seed: Seed of its own random generator.
    """

    def __init__(self, *, shift: float, rotation: float, elastic: float, seed: int) -> None:
        super().__init__()
        self.shift, self.rotation, self.elastic = shift, math.radians(rotation), elastic
        self.generator = torch.Generator().manual_seed(seed)  # a separate one keeps the batch order unchanged

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Tensor]:
        """Draw the angle, shift and displacements of every image."""
        (n, _, height, width), device = flat_inputs[0].shape, flat_inputs[0].device
        grid = [max(2, round(side / ELASTIC_PIXELS)) for side in (height, width)]
        uniform = torch.rand(3, n, generator=self.generator, dtype=torch.float32) * 2 - 1
        normal = torch.randn(n, 2, *grid, generator=self.generator, dtype=torch.float32)
        params = {
            "angle": uniform[0] * self.rotation,
            "shift": uniform[1:].T * self.shift,
            "displacement": normal * self.elastic,
        }
        return {name: to_device(values, device) for name, values in params.items()}

    def transform(self, images: Tensor, params: dict[str, Tensor]) -> Tensor:
        """Resample the images with these parameters."""
        # In bf16 a pixel would land 0.05 pixels off.
        with torch.autocast(images.device.type, enabled=False):
            return self._resample(images, params)

    def _resample(self, images: Tensor, params: dict[str, Tensor]) -> Tensor:
        height, width = images.shape[-2:]
        cos, sin = params["angle"].cos(), params["angle"].sin()
        # Grid coordinates run from -1 to 1 across each side, so one pixel is 2 / side.
        dx, dy = (shift * 2 / side for shift, side in zip(params["shift"].unbind(1), (width, height), strict=True))
        rows = [cos, -sin * (height / width), dx], [sin * (width / height), cos, dy]
        matrix = torch.stack([torch.stack(row, 1) for row in rows], 1)
        grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
        if self.elastic:
            size = (height, width)
            displacement = F.interpolate(params["displacement"], size=size, mode="bicubic", align_corners=False)
            x, y = displacement.unbind(1)
            grid = grid + torch.stack([x * 2 / width, y * 2 / height], -1)
        warped = F.grid_sample(images.float(), grid, align_corners=False)
        return warped.round_().to(torch.uint8)
