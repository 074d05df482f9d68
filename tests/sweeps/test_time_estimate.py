"""The expected duration of a run."""

from dataclasses import replace

import pytest

from mnist_exp.runs.record import blank
from mnist_exp.sweeps import time_estimate
from mnist_exp.sweeps.time_estimate import PROBE, TimeEstimate, estimate_seconds, recorded_seconds
from tests.conftest import QUICK
from tests.factories import colour_data_set


@pytest.fixture
def no_overhead(monkeypatch):
    monkeypatch.setattr(time_estimate, "time_overhead", lambda _: (3.0, 0.0))


def test_a_run_takes_its_steps_and_its_evaluations(plain, monkeypatch):
    """mnist5k: 3,500 images in steps of 100 and 500 + 500 + 1,000 evaluated 250 at a time, over two epochs."""
    monkeypatch.setattr(time_estimate, "_mean_seconds", lambda _run, size, *_: {100: 0.1, 250: 0.01}[size])
    sizes = ["data.batch_size=100", "data.eval_batch_size=250", "trainer.max_epochs=2"]
    probed = estimate_seconds(plain(*QUICK, *sizes, "diagnostics.probe_every=35"))
    assert probed == pytest.approx((70 + 2 * PROBE) * 0.1 + 8 * 0.01)
    assert estimate_seconds(plain(*QUICK, *sizes, "diagnostics.probe_every=0")) == pytest.approx(7.08)


def test_a_real_network_is_timed_with_its_augmentation(plain):
    bare, warped = (estimate_seconds(plain(*QUICK, f"data.augment.elastic={bend}")) for bend in (0, 1))
    assert 0 < bare < warped < 30


@pytest.mark.slow
@pytest.mark.usefixtures("no_overhead")
def test_networks_that_differ_by_their_seed_are_timed_once(plain, monkeypatch):
    timed = []
    monkeypatch.setattr(time_estimate, "estimate_seconds", lambda config, _: timed.append(config) or 1.0)
    estimate = TimeEstimate([plain(*QUICK)])
    assert sum(estimate(plain(*QUICK, f"seed={seed}", "model.activation=relu")) for seed in range(3)) == 3
    assert estimate(plain(*QUICK, "model.activation=relu", "seeds.order=3", "data.split_seed=4")) == 1
    assert estimate(plain(*QUICK, "model.activation=mish")) == 1
    assert len(timed) == 2


@pytest.mark.usefixtures("no_overhead")
def test_a_run_that_needs_another_machine_has_no_time(plain):
    config = plain(*QUICK, "trainer.precision=16-mixed")
    assert TimeEstimate([config])(config) is None


def test_a_run_takes_as_long_as_the_same_run_took_on_this_machine(plain):
    """The median of three seeds; runs that failed or were made elsewhere do not count."""
    config = plain(*QUICK)
    settled = replace(config, diagnostics=replace(config.diagnostics, figures=False))  # as a sweep's runs have it
    records = [blank(replace(settled, seed=seed), []) for seed in range(5)]
    for record, status, seconds in zip(
        records, ["ok", "ok", "ok", "failed", "ok"], [2.0, 3.0, 9.0, 70.0, 70.0], strict=True
    ):
        record.status, record.total_seconds = status, seconds
    records[4].machine = "another"
    estimate = TimeEstimate([config], records)
    assert (estimate(config), estimate.measured) == (3.0, 0)
    assert TimeEstimate([], records).start_up == 0.0
    assert len(recorded_seconds(records)) == 1


def test_a_small_run_of_the_same_data_is_timed_for_what_a_run_takes_beside_its_steps(plain, tmp_path, monkeypatch):
    """With none of the user's own parts, and nothing left of it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, each = time_estimate.time_overhead(plain(*QUICK, "callbacks=[timer]", "logger=[tensorboard,csv]"))
    assert first >= 0
    assert 0 < each < 60
    assert list(tmp_path.iterdir()) == []


def test_a_network_for_colour_images_is_timed(plain):
    facts = colour_data_set().facts
    assert estimate_seconds(replace(plain(*QUICK, "model=cnn", "model.channels=[2]"), images=facts)) > 0
