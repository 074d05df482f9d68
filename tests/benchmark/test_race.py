"""The race to 99.3 %: the epoch and the time of the mean, and the text about it."""

import subprocess
import sys
from dataclasses import replace

import pytest

from mnist_exp.benchmark.race import Epoch, first_at_target, keras_curve, our_curve, summary_lines
from mnist_exp.errors import UserError
from mnist_exp.runs.files import write_record
from tests.factories import config, record


def curves(*by_seed):
    return [[Epoch(*epoch) for epoch in curve] for curve in by_seed]


FAST = curves([(2.0, 0.990), (2.0, 0.993)], [(4.0, 0.991), (4.0, 0.995)])
SLOW = curves([(10.0, 0.99), (10.0, 0.992), (10.0, 0.992)], [(12.0, 0.98), (12.0, 0.9945), (12.0, 0.9950)])
NEVER = curves([(10.0, 0.99), (10.0, 0.992)])


def test_the_mean_over_the_seeds_counts_and_not_the_best_seed():
    assert first_at_target(FAST, 0.993) == (2, pytest.approx(6.0))
    assert first_at_target(SLOW, 0.993) == (2, pytest.approx(22.0))
    assert first_at_target(SLOW, 0.9936) is None


def test_the_summary_compares_the_times_to_the_target():
    assert list(summary_lines(FAST, SLOW)) == [
        "  ours   99.40% (99.30% to 99.50%, n = 2) after 2 epochs; mean of 99.3%: 6.0 s, epoch 2",
        "  Keras  99.35% (99.20% to 99.50%, n = 2) after 3 epochs; mean of 99.3%: 22.0 s, epoch 2",
        "  ours is 3.7 times as fast",
    ]


def test_a_target_that_keras_does_not_reach_gives_a_lower_bound():
    *_, keras, ratio = summary_lines(FAST, NEVER)
    assert keras.endswith("mean of 99.3%: not within 20.0 s")
    assert ratio == "  ours is at least 3.3 times as fast"


def test_a_target_that_ours_does_not_reach_gives_no_ratio():
    assert len(list(summary_lines(NEVER, SLOW))) == 2


def test_keras_trains_the_epochs_of_its_configuration(tmp_path, monkeypatch):
    script = tmp_path / "stand_in.py"
    script.write_text(
        "import json, sys\nprint(json.dumps({}), flush=True)\nseed = json.load(open(sys.argv[1]))['seed']\n"
        "for epoch, _ in enumerate(sys.stdin): print(epoch + 0.5, seed / 10, flush=True)\n"
    )
    monkeypatch.setattr("mnist_exp.benchmark.race.KERAS_SCRIPT", script)
    usual = config()
    two_epochs = replace(usual, trainer=replace(usual.trainer, max_epochs=2))
    assert keras_curve(two_epochs, sys.executable, 7, tmp_path) == [(0.5, 0.7), (1.5, 0.7)]


@pytest.fixture
def our_run(monkeypatch):
    """Call it with an exit code and a message on stderr: the command of ours then ends with them."""

    def end_with(exit_code, message=""):
        finished = subprocess.CompletedProcess([], exit_code, "", message)
        monkeypatch.setattr("mnist_exp.benchmark.race.subprocess.run", lambda *_, **__: finished)

    return end_with


def test_our_curve_is_the_history_of_the_record(tmp_path, our_run):
    (tmp_path / "ours7").mkdir()
    history = [{"epoch": 1, "seconds": 1.0, "test_acc": 0.9}, {"epoch": 2, "seconds": 2.0, "test_acc": 0.95}]
    write_record(tmp_path / "ours7", record(history=history))
    our_run(0)
    assert our_curve(7, tmp_path) == [(1.0, 0.9), (2.0, 0.95)]


def test_a_run_of_ours_that_fails_is_an_error_and_does_not_count(tmp_path, our_run):
    """Its directory may hold a record with the epochs before the failure."""
    (tmp_path / "ours7").mkdir()
    history = [{"epoch": 1, "seconds": 1.0, "test_acc": 0.9}]
    write_record(tmp_path / "ours7", record(status="diverged", history=history))
    our_run(1, "Error: diverged: val_loss became nan\n")
    with pytest.raises(UserError, match="ours stopped: Error: diverged"):
        our_curve(7, tmp_path)


def test_a_run_of_ours_without_a_record_is_an_error(tmp_path, our_run):
    our_run(1)
    with pytest.raises(UserError, match="ours stopped: no message"):
        our_curve(7, tmp_path)


@pytest.mark.slow
def test_the_command_needs_keras():
    command = [sys.executable, "-m", "mnist_exp.benchmark.race"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "--keras" in done.stderr) == (2, True)
