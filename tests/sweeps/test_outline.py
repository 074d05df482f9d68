"""The plan of a sweep as text."""

import pytest

from mnist_exp.sweeps.outline import count_runs, duration, outline


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (7200, "2.0 h")]
)
def test_durations_have_a_readable_unit(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 runs"), (1, "1 run"), (2, "2 runs")])
def test_one_run_is_singular(number, text):
    assert count_runs(number) == text


def test_the_outline_of_one_run_is_singular(planned):
    last = outline(planned("model=mlp"), [False], lambda _: 1.0).splitlines()[-1]
    assert last.startswith("1 run: about 1 s one after another")


def test_the_outline_sums_the_runs_that_are_left(planned):
    jobs = planned("model=mlp", "seed=0,1,2")
    assert outline(jobs, [True, False, False], lambda _: 100.0).splitlines() == [
        "model=mlp seed=0 · done",
        "model=mlp seed=1 · 2 min",
        "model=mlp seed=2 · 2 min",
        "",
        "3 runs (1 done): about 3 min one after another, estimated from earlier runs here or by timing a few steps",
    ]


def test_runs_that_go_on_at_once_share_the_time(planned):
    jobs = planned("model=mlp", "seed=0,1")
    last = outline(jobs, [False] * 2, lambda _: 100.0, lambda _: 2, start_up=20.0).splitlines()[-1]
    assert last.startswith("2 runs: about 2 min with up to 2 at once")


def test_runs_that_cannot_be_timed_are_listed_and_counted(planned):
    jobs = planned("model=mlp", "seed=0,1,2")
    lines = outline(jobs, [False, False, True], lambda _: None).splitlines()
    assert lines[:3] == ["model=mlp seed=0 · ?", "model=mlp seed=1 · ?", "model=mlp seed=2 · done"]
    assert lines[-1].endswith("; 2 more cannot be timed on this machine")
