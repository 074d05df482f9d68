"""Sweep directories: the plan, the records to study, the lock."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mnist_exp.runs import files, sweep_dir
from mnist_exp.runs.identity import key
from mnist_exp.runs.record import Record
from tests.factories import record


def test_one_process_at_a_time_has_the_lock(tmp_path):
    with sweep_dir.locked(tmp_path) as first, sweep_dir.locked(tmp_path) as second:
        assert (first, second) == (True, False)
    with sweep_dir.locked(tmp_path) as third:
        assert third


def end(run_dir, one):
    run_dir.mkdir(parents=True)
    files.write_record(run_dir, one)


def test_each_run_is_studied_once_and_missing_ones_are_known(tmp_path):
    planned = [record(seed=seed, status="missing", error="did not finish") for seed in (0, 1, 2)]
    sweep_dir.write_plan(tmp_path, planned)
    for place, seed, status in (("", 0, "ok"), ("copy", 0, "failed"), ("", 1, "diverged")):
        end(tmp_path / place / planned[seed].run_name, record(seed=seed, status=status))
    studied = {one.seed: one for one in sweep_dir.records_to_study([tmp_path, tmp_path])}
    assert {seed: one.status for seed, one in studied.items()} == {0: "ok", 1: "diverged", 2: "missing"}
    assert studied[2].error == "did not finish"
    assert "copy" not in str(studied[0].run_dir)


def test_of_two_finished_copies_the_newer_is_studied(tmp_path):
    """A sweep of an earlier version that was run again: other keys, other directories, the same runs."""
    end(tmp_path / "z_old", record(key="old", test=0.7, started="2026-01-01T00:00:00+00:00"))
    end(tmp_path / "a_new", record(key="new", test=0.8, started="2026-02-01T00:00:00+00:00"))
    assert [one.test_acc for one in sweep_dir.records_to_study([tmp_path])] == [0.8]


@pytest.mark.parametrize("name", ["eae1a15_mlp", "383fc01_cnn", "39db6e4_softmax_sgd"])
def test_runs_of_an_earlier_version_are_found_where_its_plan_puts_them(tmp_path, name):
    values = json.loads((Path(__file__).parent / "old_records" / f"{name}.json").read_text())
    one = Record.from_dict(values, tmp_path)
    (tmp_path / sweep_dir.PLAN).write_text(json.dumps([values | {"status": "missing"}]))
    assert [missing.run_dir for missing in sweep_dir.read_missing(tmp_path)] == [tmp_path / one.run_name]
    end(tmp_path / one.run_name, one)
    assert sweep_dir.read_missing(tmp_path) == []
    assert [studied.status for studied in sweep_dir.records_to_study([tmp_path])] == ["ok"]


def with_source(digest, seed=0, day=1, **changed):
    """A run with code of the user's own that had this digest."""
    one = record(seed=seed, started=f"2026-01-{day:02}T00:00:00+00:00", **changed)
    config = replace(one.config, sources={"my_act:Snake": digest})
    return replace(one, config=config, key=key(config))


def test_runs_of_an_earlier_version_of_the_users_code_are_not_studied(tmp_path, caplog):
    runs = [with_source("old", seed, 1) for seed in (0, 1)] + [with_source("new", 0, 2)]
    runs.append(with_source("old", 0, 1, lr=0.1))  # another cell: one version counts for the whole study
    runs.append(record(seed=0, activation="mish"))
    for one in runs:
        end(tmp_path / one.run_name, one)
    studied = sweep_dir.records_to_study([tmp_path])
    assert {(one.config.sources.get("my_act:Snake"), one.seed) for one in studied} == {("new", 0), (None, 0)}
    assert caplog.messages == ["! left out: 3 runs of an earlier version of my_act:Snake"]


def test_a_run_that_is_still_to_come_also_has_the_newest_source(tmp_path):
    end(tmp_path / "old", with_source("old", 0, 1))
    sweep_dir.write_plan(tmp_path, [with_source("new", 0, 2, status="missing")])
    assert [one.status for one in sweep_dir.records_to_study([tmp_path])] == ["missing"]
