import json
import time

import pytest

from mnist_exp import watch
from mnist_exp.watch import Watch, duration, line
from tests.study.test_results import result


def ends(run_dir, seconds=14.4, **changed):
    run_dir.mkdir()
    (run_dir / "result.json").write_text(json.dumps(result("mish", 1, **changed) | {"total_seconds": seconds}))


def test_a_line_says_what_ended_and_how():
    ended = result("mish", 1, val=0.9912) | {"total_seconds": 14.4}
    assert line(ended) == "cnn mish seed 1 · val 99.12 % · 14 s"
    assert line(ended | {"val_acc": None, "test_acc": 0.5}) == "cnn mish seed 1 · test 50.00 % · 14 s"
    assert line(ended | {"status": "diverged", "val_acc": None}) == "cnn mish seed 1 · diverged · 14 s"
    assert line(ended | {"model": "softmax", "activation": None}).startswith("softmax seed 1 · ")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (7200, "2.0 h")]
)
def test_durations_can_be_read(seconds, said):
    assert duration(seconds) == said


def test_each_run_is_told_of_once_with_the_time_that_is_left(tmp_path, monkeypatch):
    clock = iter([0.0, 60.0, 90.0, 100.0])
    monkeypatch.setattr(watch.time, "perf_counter", lambda: next(clock))
    told = []
    watching = Watch([tmp_path / name for name in "abc"], reused=2, tell=told.append)
    ends(tmp_path / "b", val=0.5)
    watching.look()
    watching.look()
    ends(tmp_path / "a", val=0.6)
    watching.look()
    assert told == [
        "[3/5] cnn mish seed 1 · val 50.00 % · 14 s · 2 min left",
        "[4/5] cnn mish seed 1 · val 60.00 % · 14 s · 45 s left",
    ]


def test_it_looks_by_itself_and_once_more_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "POLL", 0.01)
    told = []
    with Watch([tmp_path / "a", tmp_path / "b"], reused=0, tell=told.append):
        ends(tmp_path / "a", val=0.5)
        deadline = time.monotonic() + 5
        while not told and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(told) == 1
        monkeypatch.setattr(watch, "POLL", 60)
        ends(tmp_path / "b", val=0.5)
    assert told[1].startswith("[2/2] ")
