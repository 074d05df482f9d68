"""Muon against a singular value decomposition, and against hand-made steps."""

import copy

import pytest
import torch
from torch import nn

from mnist_exp.kernels.muon import ADAM_RATE, Muon, orthogonal
from mnist_exp.training.optimizers import cosine
from mnist_exp.training.run import run

SETTINGS = {"lr": 0.1, "momentum": 0.9, "betas": [0.8, 0.95], "weight_decay": 0.0}


def logits():
    weight = nn.Parameter(torch.zeros(10, 3))
    weight.grad = torch.zeros(10, 3)
    return weight


@pytest.mark.parametrize("shape", [(8, 30), (30, 8), (12, 12)])
def test_orthogonal_keeps_the_singular_vectors_and_makes_the_values_similar(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape, dtype=torch.float64)
    u, before, v = torch.linalg.svd(matrix, full_matrices=False)
    values = u.T @ orthogonal(matrix, iterations=5) @ v.T
    torch.testing.assert_close(values, values.diag().diag())  # the same singular vectors, in the same order
    assert before.max() / before.min() > 1.5
    assert 0.6 < values.diag().min() <= values.diag().max() < 1.3
    quick = (u.T @ orthogonal(matrix) @ v.T).diag()
    assert quick.max() < 1.3
    assert quick.max() / quick.min() < before.max() / before.min()


def test_hidden_weights_get_orthogonal_steps_and_the_rest_adams():
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(4, 6), nn.Linear(6, 10))
    layers.to(memory_format=torch.channels_last)
    twin = [p.detach().clone().requires_grad_() for p in layers.parameters()]
    muon = Muon(layers.parameters(), **SETTINGS)
    others = [1, 3, 4, 5]  # biases, and both of the logits
    adam = torch.optim.AdamW([twin[i] for i in others], lr=0.1 * ADAM_RATE, betas=(0.8, 0.95), weight_decay=0.0)
    before = [p.detach().clone() for p in layers.parameters()]
    for parameter, other in zip(layers.parameters(), twin, strict=True):
        parameter.grad = torch.randn_like(parameter)
        other.grad = parameter.grad.clone()
    muon.step()
    adam.step()
    now = list(layers.parameters())
    for i in others:
        torch.testing.assert_close(now[i], twin[i])
    for i in (0, 2):  # the first step: gradient plus 0.9 times it, whose length orthogonal forgets
        rows = now[i].grad.flatten(1)
        step = orthogonal(rows).reshape(now[i].shape) * max(1, rows.size(0) / rows.size(1)) ** 0.5
        torch.testing.assert_close(now[i], before[i] - 0.1 * step)


def test_momentum_is_that_of_nesterov():
    """After gradients g and h: v = m g + h, and the step is made of h + m v."""
    torch.manual_seed(0)
    weight, (g, h) = nn.Parameter(torch.zeros(3, 5)), torch.randn(2, 3, 5)
    muon = Muon([weight, logits()], **SETTINGS)
    weight.grad = g.clone()
    muon.step()
    once = weight.detach().clone()
    weight.grad = h.clone()
    muon.step()
    torch.testing.assert_close(weight - once, -0.1 * orthogonal(h + 0.9 * (0.9 * g + h)))


@pytest.mark.slow
def test_autocast_keeps_the_steps_in_full_precision(plain, tmp_path, monkeypatch):
    seen = set()

    def recorded(matrix):
        seen.add((matrix @ matrix.T).dtype)
        return orthogonal(matrix)

    monkeypatch.setattr("mnist_exp.kernels.muon.orthogonal", recorded)
    overrides = ["model=mlp", "model.hidden=[8]", "recipe=muon", "data=mnist5k", "trainer.max_epochs=1"]
    run(
        plain(*overrides, "trainer.precision=bf16-mixed", "trainer.accelerator=cpu", "diagnostics.figures=false"),
        tmp_path,
        [],
    )
    assert seen == {torch.float32}


def test_weight_decay_shrinks_hidden_weights():
    weight = nn.Parameter(torch.ones(3, 5))
    weight.grad = torch.zeros(3, 5)
    Muon([weight, logits()], **SETTINGS | {"weight_decay": 0.5}).step()
    torch.testing.assert_close(weight, torch.full((3, 5), 1 - 0.1 * 0.5))


def test_a_schedule_moves_both_rates():
    layers = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 10))
    muon = Muon(layers.parameters(), **SETTINGS)
    schedule = cosine(muon, 10, warmup=0.0)
    layers(torch.ones(1, 4)).sum().backward()
    for _ in range(5):
        muon.step()
        schedule.step()
    assert [group["lr"] for group in muon.param_groups] == pytest.approx([0.05, 0.05 * ADAM_RATE])
    muon.step()
    assert muon._adam.param_groups[0]["lr"] == pytest.approx(0.05 * ADAM_RATE)


def test_the_state_can_be_saved_and_loaded():
    """Three steps in one go, and three with a save and a load after the first."""

    def train(interrupted: bool):
        torch.manual_seed(0)
        layers = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 10))
        muon = Muon(layers.parameters(), **SETTINGS)
        for step in range(3):
            for weight in layers.parameters():
                weight.grad = torch.full_like(weight, 0.1) * (torch.arange(weight.numel()).view_as(weight) + step)
            muon.step()
            if interrupted and step == 0:
                saved = copy.deepcopy(muon.state_dict())
                muon = Muon(layers.parameters(), **SETTINGS)
                muon.load_state_dict(saved)
        return list(layers.parameters())

    assert all(torch.equal(one, other) for one, other in zip(train(False), train(True), strict=True))
