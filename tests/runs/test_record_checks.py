"""Which records are believed: every mutation of a record is named in one line, and the rest of the study stands."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from mnist_exp.report import report
from mnist_exp.runs import files
from mnist_exp.runs.identity import code_digest
from mnist_exp.runs.record_checks import check_record
from mnist_exp.runs.sweep_dir import PLAN, locked, records_to_study, write_plan
from tests.factories import OLD_RECORDS, old_record, record

HISTORY = [{"epoch": 1, "train_loss": 0.5, "train_acc": 0.8, "val_loss": 0.4, "val_acc": 0.9, "seconds": 1.0}]


def finished(seed):
    return record(seed=seed, history=HISTORY, code=code_digest(), train_acc=0.8)


@pytest.fixture
def study(tmp_path):
    """A sweep of three runs, all planned and all ended; the first one is damaged by the tests."""
    folder = tmp_path / "sweep"
    folder.mkdir()
    write_plan(folder, [record(seed=seed, status="missing", error="did not finish") for seed in range(3)])
    for seed in range(3):
        one = finished(seed)
        (folder / one.run_name).mkdir()
        files.write_record(folder / one.run_name, one)
    return folder


def set_to(**changed):
    return lambda path: path.write_text(json.dumps(json.loads(path.read_text()) | changed))


def text(content):
    return lambda path: path.write_text(content)


def within(*keys, to):
    def change(path):
        values = json.loads(path.read_text())
        place = values
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = to
        path.write_text(json.dumps(values))

    return change


def without(*keys):
    def change(path):
        values = json.loads(path.read_text())
        place = values
        for key in keys[:-1]:
            place = place[key]
        del place[keys[-1]]
        path.write_text(json.dumps(values))

    return change


def replaced(make):
    def change(path):
        path.unlink()
        make(path)

    return change


def linked_outside(path):
    outside = path.parents[2] / "elsewhere.json"
    shutil.move(path, outside)
    path.symlink_to(outside)


MUTATIONS = {
    "empty": (text(""), "it is empty"),
    "truncated": (lambda path: path.write_text(path.read_text()[:700]), "it is not JSON"),
    "binary": (lambda path: path.write_bytes(bytes(range(256))), "it is not JSON"),
    "a list": (text("[1, 2]"), r"it holds \[1, 2\], not a record"),
    "a number": (text("7"), "it holds 7, not a record"),
    "null": (text("null"), "it holds null, not a record"),
    "an object of another program": (text('{"name": "x"}'), " is missing"),
    "no key": (without("key"), "key is missing"),
    "no status": (without("status"), "status is missing"),
    "no seed": (without("seed"), "seed is missing"),
    "no config": (without("config"), "config is missing"),
    "no history": (without("history"), "history is missing"),
    "no section": (without("config", "model"), "model is missing"),
    "no setting": (without("config", "data", "batch_size"), "batch_size is missing"),
    "key is a number": (set_to(key=5), "key is 5, not text"),
    "status is a list": (set_to(status=["ok"]), r"status is \['ok'\], not text"),
    "unknown status": (set_to(status="fine"), "status is 'fine', not ok or failed or diverged"),
    "missing": (set_to(status="missing"), "status is 'missing'"),
    "config is a list": (set_to(config=[]), "config is not a configuration"),
    "config is text": (set_to(config="cnn"), "config is not a configuration"),
    "seed is text": (set_to(seed="0"), "seed is '0', not a whole number"),
    "seed is true": (set_to(seed=True), "seed is true, not a whole number"),
    "history is a mapping": (set_to(history={}), "history is {}, not a list"),
    "history of numbers": (set_to(history=[1]), r"history\[0\] is 1, not a mapping"),
    "history in disorder": (within("history", 0, "epoch", to=2), r"history\[0\].epoch is 2, not 1"),
    "an impossible epoch": (within("history", 0, "val_acc", to=7), r"history\[0\].val_acc is 7, not a fraction"),
    "accuracy 7": (set_to(test_acc=7), "test_acc is 7, not a fraction between 0 and 1"),
    "accuracy below 0": (set_to(val_acc=-0.1), "val_acc is -0.1, not a fraction"),
    "accuracy in words": (set_to(test_acc="99 %"), "test_acc is '99 %', not a number or null"),
    "no accuracy": (set_to(test_acc=None), "test_acc is null, but status is ok"),
    "NaN": (lambda path: path.write_text(path.read_text().replace("0.9", "NaN")), "NaN is not a number of JSON"),
    "Infinity": (lambda path: path.write_text(path.read_text().replace("0.9", "Infinity")), "Infinity is not a"),
    "1e999": (lambda path: path.write_text(path.read_text().replace("0.9", "1e999")), "is inf, not a number"),
    "negative loss": (set_to(test_loss=-3), "test_loss is -3, not 0 or more"),
    "deeply nested": (text("[" * 10**5), "nested too deeply"),
    "deeply nested options": (
        within("config", "model", "activation_options", to=json.loads('{"a":' * 40 + "1" + "}" * 40)),
        "nested too deeply",
    ),
    "wrong setting": (within("config", "optimizer", "lr", to=-1), "config.optimizer.lr is -1, not a finite number"),
    "other setting": (within("config", "optimizer", "lr", to=0.5), "lr is 0.003, but that of its configuration is 0.5"),
    "other dropout": (within("config", "model", "dropout", to=0.5), "key is .*, but that of its configuration is"),
    "foreign key": (set_to(key="0123456789ab"), "key is '0123456789ab', but that of its configuration is"),
    "a control character": (set_to(error="\x1b[2J"), "error is .*, not text or null"),
    "half a character": (set_to(device="\ud800"), "device is .*, not text or null"),
    "a time in words": (set_to(started="yesterday"), "started is 'yesterday', not a time"),
    "another per_class": (set_to(per_class={"precision": [1.0]}), "per_class has no recall"),
    "a directory": (replaced(Path.mkdir), "it is a folder, not a file"),
    "a full directory": (replaced(lambda path: (path / "a").mkdir(parents=True)), "it is a folder, not a file"),
    "a pipe": (replaced(os.mkfifo), "it is a pipe, not a file"),
    "a link to a device": (replaced(lambda path: path.symlink_to("/dev/zero")), "it is a link that leaves its folder"),
    "a link to another folder": (linked_outside, "it is a link that leaves its folder"),
    "a link to itself": (replaced(lambda path: path.symlink_to(path.name)), "it "),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_damaged_record_is_named_once_and_the_rest_of_the_study_stands(study, name, caplog):
    damage, reason = MUTATIONS[name]
    one = finished(0)
    path = study / one.run_name / "result.json"
    damage(path)
    for _ in range(2):
        studied = {run.seed: run.status for run in records_to_study([study])}
        assert studied == {0: "missing", 1: "ok", 2: "ok"}
    (line,) = caplog.messages
    assert line.startswith(f"! {path}: ")
    assert line.endswith(" · the run counts as missing")
    assert "\n" not in line
    assert re.search(reason, line)
    assert files.find_reusable(path.parent, one.key, strict=False) is None


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_damaged_record_gives_way_to_that_of_a_new_run(study, name):
    one = finished(0)
    run_dir = study / one.run_name
    MUTATIONS[name][0](run_dir / "result.json")
    files.clear_run_dir(run_dir)
    assert not os.path.lexists(run_dir / "result.json")
    assert os.path.lexists(run_dir / "result.json.damaged")
    files.write_record(run_dir, one)
    assert files.read_record(run_dir).seed == 0


PLANS = {
    "empty": text(""),
    "truncated": lambda path: path.write_text(path.read_text()[:700]),
    "binary": lambda path: path.write_bytes(bytes(range(256))),
    "an object": text("{}"),
    "a list of numbers": text("[1, 2]"),
    "one entry without a key": lambda path: path.write_text(json.dumps([*json.loads(path.read_text()), {"seed": 1}])),
    "a directory": replaced(Path.mkdir),
    "a pipe": replaced(os.mkfifo),
    "a link without a target": replaced(lambda path: path.symlink_to("nothing")),
}


@pytest.mark.parametrize("name", PLANS)
def test_without_its_plan_a_study_is_of_the_runs_that_are_there(study, name, caplog):
    shutil.rmtree(study / finished(0).run_name)
    PLANS[name](study / PLAN)
    assert {run.seed: run.status for run in records_to_study([study])} == {1: "ok", 2: "ok"}
    if name != "a link without a target":
        (line,) = caplog.messages
        assert line.startswith(f"! {study / PLAN}: ")
        assert line.endswith(" · the plan counts as missing")


@pytest.mark.parametrize("name", OLD_RECORDS)
def test_records_of_earlier_versions_are_believed(name):
    check_record(old_record(name)[1])


def test_a_lock_that_is_something_else_is_set_aside(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    folder = tmp_path / "sweep"
    for number, make in enumerate((Path.mkdir, os.mkfifo, lambda path: path.symlink_to(outside))):
        (folder / str(number)).mkdir(parents=True)
        make(folder / str(number) / ".lock")
        with locked(folder / str(number)) as has_lock:
            assert has_lock
    assert outside.read_text() == "mine"


def test_a_run_directory_that_is_a_file_is_a_missing_run(study, caplog):
    run_dir = study / finished(0).run_name
    shutil.rmtree(run_dir)
    run_dir.write_text("not a folder")
    assert {run.seed: run.status for run in records_to_study([study])} == {0: "missing", 1: "ok", 2: "ok"}
    assert files.read_record(run_dir) is None
    files.make_room(run_dir)
    assert not run_dir.exists()
    assert run_dir.with_name(f"{run_dir.name}.damaged").read_text() == "not a folder"
    assert caplog.messages == [f"! {run_dir}: it is a file, not a folder · the run counts as missing"]


@pytest.mark.slow
def test_a_report_with_a_damaged_record_is_written(study):
    one = finished(0)
    set_to(test_acc=7)(study / one.run_name / "result.json")
    assert "1 missing" in report([study])
    assert (study / "report.html").is_file()
