"""Compared with PyTorch's own, step by step."""

import copy

import pytest
import torch
from torch import nn

from mnist_exp.kernels.adam import Adam, AdamW


@pytest.mark.parametrize(("ours", "theirs"), [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)])
def test_steps_equal_those_of_pytorch(ours, theirs):
    settings = {"lr": 0.01, "betas": (0.8, 0.95), "weight_decay": 0.3}
    layers = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(4, 10)).to(memory_format=torch.channels_last)
    torch.manual_seed(0)
    twins = [parameter.detach().clone().requires_grad_() for parameter in layers.parameters()]
    tested, reference = ours(layers.parameters(), **settings), theirs(twins, fused=True, **settings)
    for rate in (0.01, 0.02, 0.005):
        for optimizer in (tested, reference):
            optimizer.param_groups[0]["lr"] = rate  # as a schedule does
        for parameter, twin in zip(layers.parameters(), twins, strict=True):
            parameter.grad = torch.randn_like(parameter)
            twin.grad = parameter.grad.clone()
        before = [twin.detach().clone() for twin in twins]
        tested.step()
        reference.step()
        for parameter, twin, then in zip(layers.parameters(), twins, before, strict=True):
            assert torch.equal(parameter, twin)
            assert not torch.equal(twin, then)


def test_zero_grad_removes_gradients():
    weight = nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    Adam([weight], lr=0.1, betas=(0.9, 0.99), weight_decay=0.0).zero_grad()
    assert weight.grad is None


def test_a_gradient_scaler_skips_steps_that_overflow():
    parameter, twin = (nn.Parameter(torch.ones(3)) for _ in range(2))
    settings = {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.0}
    for weight, optimizer in (
        (parameter, Adam([parameter], **settings)),
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
    assert torch.equal(parameter, twin)


@pytest.mark.parametrize(("ours", "theirs"), [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)])
def test_the_state_can_be_saved_and_loaded_also_into_pytorchs_optimizer(ours, theirs):
    """After two steps, saved and loaded into a new one and into PyTorch's: the third steps are equal."""
    settings = {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.1}
    weights = [[torch.full((3,), 1.0, requires_grad=True), torch.ones(2, 2, requires_grad=True)] for _ in range(3)]
    first = ours(weights[0], **settings)
    for step in range(2):
        for weight in weights[0]:
            weight.grad = torch.full_like(weight, 0.3 + step)
        first.step()
    saved = copy.deepcopy(first.state_dict())
    others = [ours(weights[1], **settings), theirs(weights[2], fused=True, **settings)]
    for optimizer, copies in zip(others, weights[1:], strict=True):
        optimizer.load_state_dict(
            {"state": copy.deepcopy(saved["state"]), "param_groups": optimizer.state_dict()["param_groups"]}
        )
        for copied, original in zip(copies, weights[0], strict=True):
            copied.data.copy_(original)
    for optimizer, own in zip([first, *others], weights, strict=True):
        for weight in own:
            weight.grad = torch.full_like(weight, -0.7)
        optimizer.step()
    for one, other, third in zip(*weights, strict=True):
        assert torch.equal(one, other)
        assert torch.equal(one, third)


def test_a_closure_is_evaluated():
    weight = nn.Parameter(torch.ones(3))
    optimizer = Adam([weight], lr=0.1, betas=(0.9, 0.99), weight_decay=0.0)

    def closure():
        loss = (weight**2).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 3
    assert (weight < 1).all()


def test_a_state_that_was_loaded_on_the_cpu_moves_to_the_device_of_the_weights():
    """Lightning reads checkpoints on the CPU and leaves the number of steps there."""
    settings = {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.0}
    on_cpu = Adam([nn.Parameter(torch.zeros(2))], **settings)
    weight = nn.Parameter(torch.zeros(2, device="meta"))
    optimizer = Adam([weight], **settings)
    optimizer.load_state_dict(on_cpu.state_dict())
    assert {name: value.device.type for name, value in optimizer.state[weight].items()} == dict.fromkeys(
        ("step", "exp_avg", "exp_avg_sq"), "meta"
    )
