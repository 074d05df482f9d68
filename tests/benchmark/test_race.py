"""The race to 99.3 %: whose mean is past the bar, when, and what is said of it."""

import subprocess
import sys

import pytest

from mnist_exp.benchmark.race import as_lines, keras_course, our_course, passed
from mnist_exp.errors import UserError

FAST = [[[2.0, 0.990], [2.0, 0.993]], [[4.0, 0.991], [4.0, 0.995]]]
SLOW = [[[10.0, 0.99], [10.0, 0.992], [10.0, 0.992]], [[12.0, 0.98], [12.0, 0.9945], [12.0, 0.9950]]]


def test_the_mean_over_the_seeds_counts_not_the_luckiest():
    assert passed(FAST, 0.993) == (2, pytest.approx(6.0))
    assert passed(SLOW, 0.993) == (2, pytest.approx(22.0))
    assert passed(SLOW, 0.9936) is None


def test_what_is_said():
    assert list(as_lines({"ours": FAST, "Keras": SLOW})) == [
        "  ours   99.40% (99.30% to 99.50%, n = 2) after 2 epochs; mean of 99.3%: 6.0 s, epoch 2",
        "  Keras  99.35% (99.20% to 99.50%, n = 2) after 3 epochs; mean of 99.3%: 22.0 s, epoch 2",
        "  3.7 times sooner",
    ]
    never = [[[10.0, 0.99], [10.0, 0.992]]]
    *_, keras, ratio = as_lines({"ours": FAST, "Keras": never})
    assert keras.endswith("mean of 99.3%: not within 20.0 s")
    assert ratio == "  at least 3.3 times sooner"
    assert len(list(as_lines({"ours": never, "Keras": SLOW}))) == 2  # nothing to be claimed


def test_keras_is_asked_for_each_epoch_of_its_recipe(tmp_path, monkeypatch):
    script = tmp_path / "stand_in.py"
    script.write_text(
        "import json, sys\nprint(json.dumps({}), flush=True)\nseed = json.load(open(sys.argv[1]))['seed']\n"
        "for epoch, _ in enumerate(sys.stdin): print(epoch + 0.5, seed / 10, flush=True)\n"
    )
    monkeypatch.setattr("mnist_exp.benchmark.race.KERAS_SCRIPT", script)
    found = keras_course({"trainer": {"max_epochs": 2}}, sys.executable, 7, tmp_path)
    assert found == [[0.5, 0.7], [1.5, 0.7]]


def test_a_run_of_ours_that_fails_is_said_and_not_counted(tmp_path, monkeypatch):
    """Its folder may hold a record all the same, with the epochs that went well."""
    (tmp_path / "ours7").mkdir()
    (tmp_path / "ours7/result.json").write_text('{"status": "diverged", "history": [{"seconds": 1, "test_acc": 0.9}]}')
    failed = subprocess.CompletedProcess([], 1, "", "Error: diverged: val_loss became nan\n")
    monkeypatch.setattr("mnist_exp.benchmark.race.subprocess.run", lambda *_, **__: failed)
    with pytest.raises(UserError, match="ours stopped: Error: diverged"):
        our_course(7, tmp_path)


def test_the_command_wants_a_keras():
    done = subprocess.run(
        [sys.executable, "-m", "mnist_exp.benchmark.race"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, "--keras" in done.stderr) == (2, True)
