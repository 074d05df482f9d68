"""What a search gets for a run: its validation accuracy, the mean over seeds, and nothing of the test set."""

import json
from dataclasses import replace

import pytest

from mnist_exp.errors import UserError
from mnist_exp.runs.files import write_record
from mnist_exp.runs.identity import run_name
from mnist_exp.sweeps import objective as module
from mnist_exp.sweeps.objective import objective, run_or_reuse, value
from mnist_exp.training.run import run
from tests.conftest import QUICK
from tests.factories import record


@pytest.fixture
def runs(monkeypatch):
    """Replaces the training; `runs` has the seed, folder and overrides of each run."""
    made = []

    def fake(config, run_dir, overrides, **_):
        made.append((config.seed, run_dir.name, overrides))
        if config.seed == 7:
            raise ValueError("fails")
        found = replace(record(seed=config.seed, val=0.5 + config.seed / 10), config=config)
        found.key = module.key(config)
        write_record(run_dir, found)
        return found

    monkeypatch.setattr("mnist_exp.training.run.run", fake)
    return made


def test_the_value_of_one_run_is_its_validation_accuracy(runs, plain, tmp_path):
    assert objective(plain(*QUICK, "seed=3"), tmp_path, ["seed=3"]) == pytest.approx(0.8)
    assert runs == [(3, tmp_path.name, ["seed=3"])]


def test_the_value_over_several_seeds_is_their_mean_and_each_has_a_folder(runs, plain, tmp_path):
    overrides = ["optimizer.lr=0.1", "objective.seeds=[1,2,4]"]
    found = objective(plain(*QUICK, *overrides), tmp_path, overrides)
    assert found == pytest.approx((0.6 + 0.7 + 0.9) / 3)
    assert runs == [(seed, f"seed{seed}", ["optimizer.lr=0.1", f"seed={seed}"]) for seed in (1, 2, 4)]
    assert sorted(path.parent.name for path in tmp_path.glob("*/result.json")) == ["seed1", "seed2", "seed4"]


def test_a_failed_run_has_no_value_neither_alone_or_in_a_mean(runs, plain, tmp_path, caplog):
    assert objective(plain(*QUICK, "seed=7"), tmp_path, []) is None
    assert objective(plain(*QUICK, "objective.seeds=[1,7]"), tmp_path, []) is None
    assert [seed for seed, *_ in runs] == [7, 1, 7]
    assert f"! {tmp_path.name}/seed7: ValueError: fails" in caplog.text


@pytest.mark.parametrize(
    ("status", "val", "expected"),
    [("ok", 0.91, 0.91), ("diverged", None, 0.0), ("failed", None, None), ("ok", None, None)],
)
def test_the_value_of_a_record(status, val, expected):
    assert value(record(status=status, val=val, test=0.99)) == expected
    assert value(None) is None


def test_a_run_that_has_ended_is_not_run_again(runs, plain, tmp_path):
    config = plain(*QUICK, "seed=1")
    first = run_or_reuse(config, tmp_path, [])
    second = run_or_reuse(config, tmp_path, [])
    assert len(runs) == 1
    assert first is not None
    assert second is not None
    assert (second.key, second.val_acc) == (first.key, first.val_acc)
    run_or_reuse(plain(*QUICK, "seed=2"), tmp_path, [])  # another run in the same folder
    assert len(runs) == 2


@pytest.mark.slow
def test_a_diverged_run_counts_as_zero_and_its_record_stays(plain, tmp_path):
    config = plain(*QUICK, "optimizer=sgd", "optimizer.lr=1e30")
    assert objective(config, tmp_path, []) == 0.0
    assert json.loads((tmp_path / "result.json").read_text())["status"] == "diverged"


@pytest.mark.slow
def test_the_value_of_a_real_run_is_the_accuracy_in_its_record(plain, tmp_path):
    config = plain(*QUICK)
    (tmp_path / "other").mkdir()
    assert objective(config, tmp_path, []) == run(config, tmp_path / "other", []).val_acc


def test_errors_of_the_user_are_not_raised_either(monkeypatch, plain, tmp_path):
    def refuse(*_):
        raise UserError("do this")

    monkeypatch.setattr("mnist_exp.training.run.run", refuse)
    assert objective(plain(*QUICK), tmp_path, []) is None


def test_a_run_whose_code_changed_after_the_planning_is_not_made(runs, plain, tmp_path):
    config = plain()
    folder = tmp_path / run_name(config)
    folder.mkdir()
    changed = replace(config, sources={"my_act:Snake": "another"})
    record = run_or_reuse(changed, folder, [], planned=True)
    assert (runs, record.status) == ([], "failed")
    assert record.error.startswith("its code or data have changed since the sweep was planned")
    assert run_or_reuse(config, folder, [], planned=True).status == "ok"
