"""Ours against PyTorch's own, step by step."""

import pytest
import torch
from torch import nn

from mnist_exp.kernels.adam import Adam, AdamW


@pytest.mark.parametrize(("ours", "theirs"), [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)])
def test_it_takes_the_very_steps_of_pytorchs(ours, theirs):
    settings = {"lr": 0.01, "betas": (0.8, 0.95), "weight_decay": 0.3}
    layers = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(4, 10)).to(memory_format=torch.channels_last)
    torch.manual_seed(0)
    twins = [parameter.detach().clone().requires_grad_() for parameter in layers.parameters()]
    mine, its = ours(layers.parameters(), **settings), theirs(twins, fused=True, **settings)
    for rate in (0.01, 0.02, 0.005):
        for optimizer in (mine, its):
            optimizer.param_groups[0]["lr"] = rate  # as a schedule does
        for parameter, twin in zip(layers.parameters(), twins, strict=True):
            parameter.grad = torch.randn_like(parameter)
            twin.grad = parameter.grad.clone()
        before = [twin.detach().clone() for twin in twins]
        mine.step()
        its.step()
        for parameter, twin, then in zip(layers.parameters(), twins, before, strict=True):
            assert torch.equal(parameter, twin)
            assert not torch.equal(twin, then)


def test_gradients_are_gone_after_zero_grad():
    weight = nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    Adam([weight], lr=0.1, betas=(0.9, 0.99), weight_decay=0.0).zero_grad()
    assert weight.grad is None


def test_a_scaler_leaves_dividing_to_it_and_skips_steps_that_overflow():
    mine, twin = (nn.Parameter(torch.ones(3)) for _ in range(2))
    settings = {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.0}
    for weight, optimizer in (
        (mine, Adam([mine], **settings)),
        (twin, torch.optim.Adam([twin], fused=True, **settings)),
    ):
        scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
        for gradient in (2.0, float("inf"), -1.0):
            before = weight.detach().clone()
            optimizer.zero_grad()
            scaler.scale((weight * gradient).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
            assert torch.equal(weight, before) == (gradient == float("inf"))
    assert torch.equal(mine, twin)
