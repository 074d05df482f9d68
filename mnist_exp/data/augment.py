"""Augmentation of whole batches: every image gets its own shift, rotation and elastic bend, in one resampling."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.transforms import v2

from mnist_exp.data.transfer import to_device

BEND_GRID = 7  # control points a side: 28 / 7 = a bend is smooth over about 4 pixels


class Warp(v2.Transform):
    """A v2 transform of uint8 batches (n, 1, s, s); v2's own draw one set of parameters for a whole batch."""

    def __init__(self, *, shift: float, rotation: float, elastic: float, seed: int) -> None:
        super().__init__()
        self.shift, self.rotation, self.elastic = shift, math.radians(rotation), elastic
        self.generator = torch.Generator().manual_seed(seed)  # its own: the batch order stays what it was

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Tensor]:
        n, device = len(flat_inputs[0]), flat_inputs[0].device
        uniform = torch.rand(3, n, generator=self.generator, dtype=torch.float32) * 2 - 1
        bend = torch.randn(n, 2, BEND_GRID, BEND_GRID, generator=self.generator, dtype=torch.float32)
        drawn = {"angle": uniform[0] * self.rotation, "shift": uniform[1:].T * self.shift, "bend": bend * self.elastic}
        return {name: to_device(values, device) for name, values in drawn.items()}

    def transform(self, images: Tensor, params: dict[str, Tensor]) -> Tensor:
        with torch.autocast(images.device.type, enabled=False):  # bf16 would put a pixel 0.05 beside its place
            return self._moved(images, params)

    def _moved(self, images: Tensor, params: dict[str, Tensor]) -> Tensor:
        side = images.shape[-1]
        cos, sin = params["angle"].cos(), params["angle"].sin()
        # The grid's coordinates run from -1 to 1 over the image: a pixel is 2 / side of them.
        dx, dy = (params["shift"] * 2 / side).unbind(1)
        matrix = torch.stack([torch.stack([cos, -sin, dx], 1), torch.stack([sin, cos, dy], 1)], 1)
        grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
        if self.elastic:
            bend = F.interpolate(params["bend"], size=(side, side), mode="bicubic", align_corners=False)
            grid = grid + bend.permute(0, 2, 3, 1) * 2 / side
        warped = F.grid_sample(images.float(), grid, align_corners=False)
        return warped.round_().to(torch.uint8)
