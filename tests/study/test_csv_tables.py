import csv
import math
import time
from dataclasses import fields, replace
from pathlib import Path

import pytest

from mnist_exp.runs.record import Record
from mnist_exp.study.csv_tables import best_run, command, result_row, summarise
from mnist_exp.study.write import write_study
from tests.factories import arms, record, study_config


def read_csv(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_a_cell_has_its_mean_and_interval():
    """On the logit scale: ln(0.92 / 0.08) = 2.442347, ± 4.302653 · 0.01 / √3 / (0.92 · 0.08) = 0.337528."""
    runs = [record(seed=seed, test=test, val=None) for seed, test in enumerate((0.91, 0.92, 0.93))]
    (summary,) = summarise(runs, [])
    assert (summary.model, summary.activation, summary.n) == ("cnn", "relu", 3)
    assert summary.test_acc.mean == pytest.approx(0.92)
    assert summary.test_acc.sd == pytest.approx(0.01)
    assert summary.test_acc.high == pytest.approx(1 / (1 + math.exp(-2.442347 - 0.337528)))
    assert summary.val_acc is None
    assert summary.train_seconds_median == 2.0


def test_a_row_of_summary_csv_has_these_columns():
    (summary,) = summarise([record(val=None)], ["optimizer.lr"])
    row = summary.csv_row()
    assert list(row) == [
        *("data", "model", "activation", "optimizer.lr", "n", "failed", "diverged", "missing"),
        *("val_acc_mean", "val_acc_sd", "val_acc_low", "val_acc_high"),
        *("test_acc_mean", "test_acc_sd", "test_acc_low", "test_acc_high"),
        *("train_seconds_median", "best_checkpoint", "command"),
    ]
    assert (row["optimizer.lr"], row["val_acc_mean"], row["test_acc_mean"], row["test_acc_sd"]) == (
        *("0.003", None, 0.8, None),
    )


def test_a_row_of_results_csv_has_the_flat_fields_of_the_record_then_the_swept_settings():
    row = result_row(record(), ["optimizer.lr"])
    nested = {"config", "config_dir", "history", "metrics", "per_class", "overrides", "versions", "run_dir"}
    flat = [field.name for field in fields(Record) if field.name not in nested]
    assert list(row) == [*flat, "optimizer.lr", "overrides", "versions", "checkpoint", "command"]
    assert (row["overrides"], row["versions"]) == ("model.activation=relu seed=0", "python=3")


def test_configured_metrics_are_columns():
    runs = [
        record(seed=seed, metrics={"train_f1": 0.7, "val_f1": f1, "test_f1": None}) for seed, f1 in ((0, 0.5), (1, 0.7))
    ]
    assert {name: result_row(runs[0], [])[name] for name in runs[0].metrics} == runs[0].metrics
    with_f1, without = summarise([*runs, record("mish")], [])
    row = with_f1.csv_row()
    assert (row["val_f1_mean"], row["val_f1_sd"]) == (pytest.approx(0.6), pytest.approx(0.02**0.5))
    assert row["val_f1_high"] == pytest.approx(0.6 + 12.706205 * 0.1)
    assert (row["test_f1_mean"], without.csv_row()["val_f1_mean"]) == (None, None)
    assert list(without.csv_row()) == list(row)
    assert "train_f1_mean" not in row


def test_the_files_hold_a_row_for_each_run_cell_and_pair(tmp_path):
    failed = record("swish", status="failed", test=None, error="no memory")
    write_study(tmp_path, [*arms(2, relu=0.0, mish=0.1), failed], study_config())
    tables = {path.stem: read_csv(path) for path in tmp_path.glob("*.csv")}
    assert {name: len(rows) for name, rows in tables.items()} == {"comparisons": 1, "results": 5, "summary": 3}
    assert tables["results"][4]["error"] == "no memory"
    assert tables["results"][0]["checkpoint"] == "runs/cnn_relu_0_0.003/checkpoints/best.ckpt"
    assert tables["results"][4]["checkpoint"] == ""
    assert [row["n"] for row in tables["summary"]] == ["2", "2", "0"]
    assert (tables["summary"][2]["failed"], tables["summary"][2]["test_acc_mean"]) == ("1", "")


def test_every_row_has_the_command_that_repeats_it():
    runs = [record(seed=seed, overrides=["model.hidden=[10,20]", f"seed={seed}"]) for seed in (2, 0, 1)]
    assert command(runs[:1]) == "python -m mnist_exp 'model.hidden=[10,20]' seed=2"
    assert command(runs) == "python -m mnist_exp -m 'model.hidden=[10,20]' seed=0,1,2"


def test_the_best_run_is_the_one_with_the_highest_validation_accuracy():
    runs = [record(seed=0, val=0.8, test=0.9), record(seed=1, val=0.9, test=0.8)]
    assert best_run([*runs, record(seed=2, val=0.95, status="diverged")]) is runs[1]
    assert summarise(runs, [])[0].best_checkpoint == "runs/cnn_relu_1_0.003/checkpoints/best.ckpt"
    assert summarise([record(val=None)], [])[0].best_checkpoint is None
    assert best_run([]) is None


@pytest.mark.slow
def test_a_table_that_has_no_rows_any_more_is_removed(tmp_path):
    write_study(tmp_path, arms(2, relu=0.0, mish=0.1), study_config())
    write_study(tmp_path, arms(2, relu=0.0), study_config())
    assert not (tmp_path / "comparisons.csv").exists()


@pytest.mark.slow
def test_a_thousand_runs_take_seconds(tmp_path):
    six = {f"act{i}": i / 100 for i in range(6)}
    runs = [replace(run, model=f"net{k}", run_dir=Path(f"net{k}")) for k in range(17) for run in arms(10, **six)]
    began = time.process_time()  # other tests may be using the other core
    write_study(tmp_path, runs, study_config())
    assert time.process_time() - began < 20  # 12 s on an AMD EPYC without AVX-512, most of it for the figures
    assert len(read_csv(tmp_path / "comparisons.csv")) == 17 * 15


def test_the_command_names_the_folder_of_ones_own_config_files():
    runs = [record(seed=seed, config_dir="/my/conf") for seed in (0, 1)]
    assert command(runs) == "python -m mnist_exp -m --config-dir /my/conf model.activation=relu seed=0,1"
    assert command(runs[:1]) == "python -m mnist_exp --config-dir /my/conf model.activation=relu seed=0"
