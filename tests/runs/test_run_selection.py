"""Which trained network is meant by a folder."""

import json

import numpy as np
import pytest

from mnist_exp.errors import UserError
from mnist_exp.runs.files import write_record
from mnist_exp.runs.measured_files import read_predictions
from mnist_exp.runs.run_selection import best_run, finished_runs, held_out_test_set, holds_runs, open_best
from tests.factories import record


def write(folder, **changed):
    folder.mkdir(parents=True, exist_ok=True)
    write_record(folder, record(**changed))


def opened(folder, monkeypatch):
    """The name of the run that would be loaded."""
    monkeypatch.setattr("mnist_exp.runs.checkpoints.load_model", lambda run_dir: run_dir.name)
    return open_best(folder).model


def test_the_best_run_of_a_sweep_is_opened(tmp_path, monkeypatch):
    write(tmp_path / "a", val=0.97, test=0.99)
    write(tmp_path / "b", val=0.98, test=0.98)
    write(tmp_path / "c", val=0.99, status="diverged")
    assert opened(tmp_path, monkeypatch) == "b"
    assert opened(tmp_path / "a", monkeypatch) == "a"


def test_the_official_data_is_preferred_to_a_better_number_on_other_data(tmp_path, monkeypatch):
    write(tmp_path / "a", val=0.97, data="mnist")
    write(tmp_path / "b", val=0.99, data="mnist5k")
    assert opened(tmp_path, monkeypatch) == "a"


def test_without_mnist_the_data_set_with_most_runs_is_ranked(tmp_path, monkeypatch):
    write(tmp_path / "a", val=0.9, data="mnist5k")
    write(tmp_path / "b", val=0.91, seed=1, data="mnist5k")
    write(tmp_path / "c", val=0.99, data="colours")
    assert opened(tmp_path, monkeypatch) == "b"


def test_without_validation_only_a_single_run_can_be_opened(tmp_path, monkeypatch):
    write(tmp_path / "a", val=None)
    assert opened(tmp_path, monkeypatch) == "a"
    write(tmp_path / "b", val=None)
    with pytest.raises(UserError, match="none of its 2 runs was validated"):
        open_best(tmp_path)


def test_a_folder_without_a_network_is_refused_in_one_line(tmp_path):
    with pytest.raises(UserError, match=r"is not a folder: name that of a run or a sweep\."):
        finished_runs(tmp_path / "none")
    with pytest.raises(UserError, match=r"holds no finished run: make sweep trains four networks"):
        finished_runs(tmp_path)
    assert not holds_runs(tmp_path)
    write(tmp_path / "a", status="failed")
    assert holds_runs(tmp_path)
    with pytest.raises(UserError, match="holds no finished run"):
        finished_runs(tmp_path)


def test_a_damaged_record_counts_as_missing(tmp_path, caplog):
    write(tmp_path / "a")
    write(tmp_path / "b")
    (tmp_path / "a" / "result.json").write_text("{")
    assert [one.run_dir.name for one in finished_runs(tmp_path)] == ["b"]
    assert "a/result.json: it is not JSON" in caplog.text


def test_the_best_run_finished_and_has_the_highest_validation_accuracy():
    runs = [record(val=0.9), record(val=0.95, seed=1), record(val=0.99, status="diverged"), record(val=None)]
    assert best_run(runs).seed == 1
    assert best_run([record(seed=0, val=0.9), record(seed=1, val=0.9)]).seed == 0
    assert best_run([record(val=None), record(status="failed")]) is None


@pytest.mark.parametrize("change", [{"hidden": "many"}, {"hidden": [-1]}, {"activation": "rulu"}, {"kernel": "wide"}])
def test_a_record_changed_by_hand_is_refused_in_one_line(readers, tmp_path, change, caplog):
    stored = json.loads((readers / "relu" / "result.json").read_text())
    stored["config"]["model"] |= change
    (tmp_path / "result.json").write_text(json.dumps(stored))
    with pytest.raises(UserError, match="holds no finished run"):
        open_best(tmp_path)
    assert len(caplog.messages) == 1
    assert "\n" not in caplog.messages[0]


def test_a_record_of_a_network_that_cannot_be_built_is_refused_in_one_line(readers, tmp_path):
    stored = json.loads((readers / "relu" / "result.json").read_text())
    stored["config"]["model"]["activation"] = "rulu"
    stored["code"] = None  # of an earlier version, whose keys are not compared
    (tmp_path / "result.json").write_text(json.dumps(stored))
    with pytest.raises(UserError, match="describes no network that can be built") as caught:
        open_best(tmp_path)
    assert "\n" not in str(caught.value)


def test_probabilities_equal_those_that_the_run_recorded(readers):
    trained = open_best(readers / "mish")
    labels, recorded = read_predictions(readers / "mish")
    test = held_out_test_set(trained.record)
    assert np.array_equal(test.labels, labels)
    assert np.allclose(trained.probabilities(test.images), recorded, atol=2e-3)  # recorded as float16


@pytest.mark.slow
def test_probabilities_of_colour_images_equal_those_that_the_run_recorded(colour_run, colours):
    trained = open_best(colour_run)
    assert trained.record.data == colours
    _, recorded = read_predictions(colour_run)
    predicted = trained.probabilities(held_out_test_set(trained.record).images)
    assert predicted.shape == (60, 10)
    assert np.allclose(predicted, recorded, atol=2e-3)  # recorded as float16
