"""Flattening in the order of nn.Flatten and in the order in memory."""

import torch
from torch import nn

from mnist_exp.kernels.flatten import ChannelsLastFlatten, FlattenInMemoryOrder

MAPS = torch.rand(2, 6, 5, 5, generator=torch.Generator().manual_seed(0)).to(memory_format=torch.channels_last)


def test_the_order_is_that_of_pytorchs_flatten():
    assert torch.equal(ChannelsLastFlatten()(MAPS), nn.Flatten()(MAPS))


def test_the_gradient_is_channels_last():
    leaf = MAPS.clone().requires_grad_()
    loss = ChannelsLastFlatten()(leaf * 1).square().sum()
    (gradient,) = torch.autograd.grad(loss, leaf)
    assert gradient.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(gradient, 2 * leaf.detach())


def test_flattening_in_memory_order_copies_nothing_and_goes_pixel_by_pixel():
    flat = FlattenInMemoryOrder()(MAPS)
    assert flat.data_ptr() == MAPS.data_ptr()
    assert torch.equal(flat[:, :6], MAPS[:, :, 0, 0])
    assert torch.equal(flat[:, 6:12], MAPS[:, :, 0, 1])
