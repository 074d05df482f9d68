"""The files of a run directory."""

import json
from dataclasses import fields

import pytest

from mnist_exp.errors import UserError
from mnist_exp.runs import files
from mnist_exp.runs.identity import code_digest, key
from mnist_exp.runs.record import Record
from tests.factories import record


def test_missing_numbers_are_null(tmp_path):
    history = [{"epoch": 1, "val_loss": float("inf")}]
    files.write_record(tmp_path, record(test_loss=float("nan"), val=None, history=history))
    stored = files.read_record(tmp_path)
    assert (stored.test_loss, stored.val_acc, stored.history) == (None, None, [{"epoch": 1, "val_loss": None}])


def test_a_run_that_has_not_ended_has_no_record(tmp_path):
    assert files.read_record(tmp_path) is None


def test_a_record_is_replaced_completely(tmp_path):
    files.write_record(tmp_path, record())
    files.write_record(tmp_path, record(test=0.5))
    assert files.read_record(tmp_path).test_acc == 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_a_record_knows_its_directory(tmp_path):
    written = record()
    files.write_record(tmp_path, written)
    assert written.run_dir == files.read_record(tmp_path).run_dir == tmp_path


def test_read_records_finds_every_run_below(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        files.write_record(tmp_path / name, record())
    assert [one.run_dir for one in files.read_records(tmp_path)] == [tmp_path / "a", tmp_path / "b"]


def test_the_file_is_json_that_a_person_can_read(tmp_path):
    files.write_record(tmp_path, record())
    text = (tmp_path / "result.json").read_text()
    assert list(json.loads(text)) == [f.name for f in fields(Record) if f.name != "run_dir"]
    assert text.count("\n") > 50


@pytest.mark.parametrize(
    ("changed", "reused", "reused_strictly"),
    [
        ({}, True, True),
        ({"status": "diverged"}, True, True),
        ({"status": "failed"}, False, False),
        ({"key": "other", "code": None}, False, False),
        ({"code": "0" * 12}, True, False),
        ({"code": None}, True, False),
    ],
)
def test_only_the_same_run_that_did_not_fail_is_reusable(tmp_path, changed, reused, reused_strictly):
    one = record(**{"code": code_digest()} | changed)
    files.write_record(tmp_path, one)
    wanted = key(one.config)
    assert (files.find_reusable(tmp_path, wanted, strict=False) is not None) is reused
    assert (files.find_reusable(tmp_path, wanted, strict=True) is not None) is reused_strictly


def test_nothing_is_reusable_in_an_empty_directory(tmp_path):
    assert files.find_reusable(tmp_path, "k", strict=False) is None


def test_a_table_has_the_columns_of_all_rows_and_is_removed_without_rows(tmp_path):
    files.write_csv(tmp_path / "a.csv", [{"x": 1}, {"y": 2}])
    assert (tmp_path / "a.csv").read_text().splitlines() == ["x,y", "1,", ",2"]
    files.write_csv(tmp_path / "a.csv", [])
    assert list(tmp_path.iterdir()) == []


WRITTEN = {
    *("result.json", "predictions.npz", "probes.csv", "shapes.csv", "events.out.tfevents.1", "checkpoints/best.ckpt"),
    *(
        "figures/curves.png",
        "figures/learned.png",
        "figures/maps_conv1.png",
        "figures/report.csv",
        "figures/report.txt",
    ),
}


def test_clearing_removes_the_earlier_run_and_keeps_other_files(tmp_path):
    kept = {"run.log", "notes.txt", "figures/paper.pdf", "figures/mine.png", "checkpoints/mine.pt"}
    make_files(tmp_path, WRITTEN | kept)
    files.write_record(tmp_path, record())
    files.clear_run_dir(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == kept


def test_clearing_removes_folders_that_become_empty(tmp_path):
    make_files(tmp_path, WRITTEN)
    files.write_record(tmp_path, record())
    files.clear_run_dir(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("names", [[], ["result.json", "notes.txt"], ["run.log", "figures/curves.png"]])
def test_a_new_folder_and_those_of_runs_are_accepted(tmp_path, names):
    files.check_run_dir(tmp_path / "new")
    make_files(tmp_path, names)
    files.check_run_dir(tmp_path)


def test_a_folder_with_only_other_files_is_refused(tmp_path):
    make_files(tmp_path, ["events.out.tfevents.1"])
    with pytest.raises(UserError, match="has files, but no run"):
        files.check_run_dir(tmp_path)
    with pytest.raises(UserError, match="is a file"):
        files.check_run_dir(tmp_path / "events.out.tfevents.1")


def make_files(folder, names):
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()


def test_a_finished_run_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"holds no checkpoint; a finished run has checkpoints/best\.ckpt"):
        files.existing_checkpoint(tmp_path)
