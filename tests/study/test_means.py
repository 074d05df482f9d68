import numpy as np
import pytest

from mnist_exp.errors import UserError
from mnist_exp.runs.files import write_record
from mnist_exp.study import means
from mnist_exp.study.csv_tables import summarise
from mnist_exp.study.means import entry, read_means
from tests.factories import record
from tests.study.setups import one_source


def test_an_entry_has_parameters_metrics_and_no_value_that_does_not_exist():
    runs = [record(seed=s, test=t, val=None, metrics={"test_f1": t / 2}) for s, t in enumerate((0.91, 0.95))]
    one = entry(summarise(runs, ["optimizer.lr"])[0])
    assert one.name == "mnist cnn relu optimizer.lr=0.003"
    assert one.params == {"data": "mnist", "model": "cnn", "activation": "relu", "optimizer.lr": "0.003"}
    assert one.metrics["n"] == 2
    assert one.metrics["test_acc_mean"] == pytest.approx(0.93)
    assert one.metrics["test_acc_sd"] == pytest.approx(np.std([0.91, 0.95], ddof=1))
    assert one.metrics["test_f1_mean"] == pytest.approx(0.465)
    assert one.metrics["train_seconds_median"] == 2.0
    assert not any(name.startswith("val_") for name in one.metrics)
    assert one.command.startswith("python -m mnist_exp -m ")


def test_cells_without_a_finished_run_are_left_out(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(means, "write_study", lambda *given: written.append(given))
    for one in (record("relu"), record("mish", status="failed", test=None)):
        (tmp_path / one.run_name).mkdir()
        write_record(tmp_path / one.run_name, one)
    found = read_means(tmp_path)
    assert ([one.name for one in found.entries], found.unfinished) == (["mnist cnn relu"], 1)
    assert (len(written), found.attached) == (1, [])


def test_runs_of_single_sources_of_randomness_are_no_cells(tmp_path, monkeypatch):
    monkeypatch.setattr(means, "write_study", lambda *_: "")
    for one in (*one_source("all", [0.9, 0.92]), *one_source("order", [0.8, 0.7])):
        (tmp_path / one.run_name).mkdir()
        write_record(tmp_path / one.run_name, one)
    (found,) = read_means(tmp_path).entries
    assert (found.name, found.metrics["n"]) == ("mnist cnn relu", 2)
    assert found.metrics["test_acc_mean"] == pytest.approx(0.91)


def test_the_name_of_a_sweep_has_only_characters_that_every_service_accepts(tmp_path):
    (tmp_path / "It's 1.5").mkdir()
    assert means.Means(tmp_path / "It's 1.5", [], 0).sweep == "It_s_1.5"


def test_a_folder_without_a_finished_run_is_refused(tmp_path):
    with pytest.raises(UserError, match="No finished run in"):
        read_means(tmp_path)
    with pytest.raises(UserError, match="is not a folder"):
        read_means(tmp_path / "none")
