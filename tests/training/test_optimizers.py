from dataclasses import replace

import pytest
import torch
from torch import nn

from mnist_exp.config.schema import AdamConfig, ScheduleConfig, SGDConfig, WarmupConfig
from mnist_exp.training.optimizers import make_optimizer, make_schedule

SETTINGS = {"lr": 0.1, "weight_decay": 0.01}
CONFIGS = {
    "sgd": SGDConfig(name="sgd", momentum=0.9, **SETTINGS),
    "adam": AdamConfig(name="adam", betas=[0.8, 0.95], **SETTINGS),
    "adamw": AdamConfig(name="adamw", betas=[0.8, 0.95], **SETTINGS),
}


def schedule_config(name: str, warmup: float) -> ScheduleConfig:
    return ScheduleConfig(name) if name == "constant" else WarmupConfig(name, warmup)


def rates(name: str, warmup: float, steps: int = 100) -> list[float]:
    """The learning rate of each step."""
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = make_optimizer([parameter], CONFIGS["sgd"])
    schedule = make_schedule(optimizer, steps, schedule_config(name, warmup))
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


@pytest.mark.parametrize(("name", "kind"), [("sgd", "SGD"), ("adam", "Adam"), ("adamw", "AdamW")])
def test_each_name_gives_its_optimizer_with_the_settings(name, kind):
    optimizer = make_optimizer([nn.Parameter(torch.zeros(1))], CONFIGS[name])
    group = optimizer.param_groups[0]
    assert type(optimizer).__name__ == kind
    assert (group["lr"], group["weight_decay"]) == (0.1, 0.01)
    assert group["momentum"] == 0.9 if name == "sgd" else group["betas"] == (0.8, 0.95)


def test_momentum_follows_its_definition():
    """Two steps of gradient 1: v = 1, then 0.9 + 1; x = -lr (1 + 1.9)."""
    x = nn.Parameter(torch.zeros(1))
    optimizer = make_optimizer([x], replace(CONFIGS["sgd"], weight_decay=0.0))
    for _ in range(2):
        x.grad = torch.ones(1)
        optimizer.step()
    assert x.item() == pytest.approx(-0.1 * 2.9)


def test_a_constant_schedule_keeps_the_rate():
    assert set(rates("constant", 0.3)) == {0.1}


def test_cosine_rises_to_the_peak_and_falls_to_zero():
    found = rates("cosine", 0.2)
    assert found[0] == pytest.approx(0.1 / 20)
    assert found[19] == pytest.approx(0.1)
    assert found[60] == pytest.approx(0.05)  # half-way down
    assert found[-1] < 0.001
    assert found[:20] == sorted(found[:20])
    assert found[20:] == sorted(found[20:], reverse=True)


def test_cosine_without_warmup_begins_at_the_peak():
    found = rates("cosine", 0.0)
    assert found[0] == 0.1
    assert found[50] == pytest.approx(0.05)


@pytest.mark.parametrize(("warmup", "steps"), [(0.25, 4), (0.5, 2), (0.1, 10)])
def test_one_cycle_with_a_warmup_of_one_step_begins_at_the_peak(warmup, steps):
    assert rates("one_cycle", warmup, steps)[0] == pytest.approx(0.1)


def test_one_cycle_peaks_where_the_warmup_ends():
    found = rates("one_cycle", 0.25)
    assert max(found) == pytest.approx(0.1)
    assert found.index(max(found)) == 24
    assert found[0] == pytest.approx(0.1 / 25)
    assert found[-1] < 1e-5


@pytest.mark.parametrize("name", ["constant", "cosine", "one_cycle"])
@pytest.mark.parametrize("steps", [1, 2, 4, 28])
def test_every_schedule_works_for_a_few_steps(name, steps):
    assert len(rates(name, 0.25, steps)) == steps
