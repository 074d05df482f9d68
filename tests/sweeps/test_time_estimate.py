"""The expected duration of a run."""

from dataclasses import replace

import pytest

from mnist_exp.sweeps import time_estimate
from mnist_exp.sweeps.time_estimate import OVERHEAD, TimeEstimate, estimate_seconds
from tests.conftest import QUICK
from tests.factories import colour_data_set


def test_a_run_takes_its_steps_and_its_evaluations(plain, monkeypatch):
    """mnist5k: 3,500 images in steps of 100 and 500 + 500 + 1,000 evaluated 250 at a time, over two epochs."""
    monkeypatch.setattr(
        time_estimate, "_median_seconds", lambda _run, size, _facts, _device: {100: 0.1, 250: 0.01}[size]
    )
    sizes = ["data.batch_size=100", "data.eval_batch_size=250", "trainer.max_epochs=2"]
    assert estimate_seconds(plain(*QUICK, *sizes)) == pytest.approx(70 * 0.1 + 8 * 0.01 + OVERHEAD)


def test_a_real_network_is_timed_with_its_augmentation(plain):
    bare, warped = (estimate_seconds(plain(*QUICK, f"data.augment.elastic={bend}")) - OVERHEAD for bend in (0, 1))
    assert 0 < bare < warped < 30


@pytest.mark.slow
def test_networks_that_differ_by_their_seed_are_timed_once(plain, monkeypatch):
    timed = []
    monkeypatch.setattr(time_estimate, "estimate_seconds", lambda config: timed.append(config) or 1.0)
    estimate = TimeEstimate()
    assert sum(estimate(plain(*QUICK, f"seed={seed}", "model.activation=relu")) for seed in range(3)) == 3
    assert estimate(plain(*QUICK, "model.activation=relu", "seeds.order=3", "data.split_seed=4")) == 1
    assert estimate(plain(*QUICK, "model.activation=mish")) == 1
    assert len(timed) == 2


def test_a_run_that_needs_another_machine_has_no_time(plain):
    assert TimeEstimate()(plain(*QUICK, "trainer.precision=16-mixed")) is None


def test_a_network_for_colour_images_is_timed(plain):
    facts = colour_data_set().facts
    assert estimate_seconds(replace(plain(*QUICK, "model=cnn", "model.channels=[2]"), images=facts)) > OVERHEAD
