import json

import numpy as np
import pytest

from mnist_exp.errors import UserError
from mnist_exp.runs.run_selection import finished, holds_runs, open_best, unseen
from tests.study.test_cells import result


def write(folder, **changed):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result(**changed)))


def opened(folder, monkeypatch):
    """Which run would be loaded."""
    monkeypatch.setattr("mnist_exp.runs.run_selection.load_model", lambda run_dir: run_dir.name)
    return open_best(folder).model


def test_of_a_sweep_the_best_by_validation_is_meant(tmp_path, monkeypatch):
    write(tmp_path / "a", val=0.97, test=0.99)
    write(tmp_path / "b", val=0.98, test=0.98)
    write(tmp_path / "c", val=0.99, status="diverged")
    assert opened(tmp_path, monkeypatch) == "b"
    assert opened(tmp_path / "a", monkeypatch) == "a"


def test_the_official_data_goes_before_a_better_figure_on_other_data(tmp_path, monkeypatch):
    write(tmp_path / "a", val=0.97, data="mnist")
    write(tmp_path / "b", val=0.99, data="mnist5k")
    assert opened(tmp_path, monkeypatch) == "a"


def test_without_validation_there_is_no_best_but_an_only_one(tmp_path, monkeypatch):
    write(tmp_path / "a", val=None)
    assert opened(tmp_path, monkeypatch) == "a"
    write(tmp_path / "b", val=None)
    with pytest.raises(UserError, match="none of its 2 runs was validated"):
        open_best(tmp_path)


def test_what_holds_no_network_is_refused_in_one_line(tmp_path):
    with pytest.raises(UserError, match=r"is no folder: name that of a run or a sweep\."):
        finished(tmp_path / "none")
    with pytest.raises(UserError, match=r"holds no finished run: make sweep trains four networks"):
        finished(tmp_path)
    assert not holds_runs(tmp_path)
    write(tmp_path / "a", status="failed")
    assert holds_runs(tmp_path)
    with pytest.raises(UserError, match="holds no finished run"):
        finished(tmp_path)


def test_a_record_without_a_network_is_damaged_too(tmp_path):
    write(tmp_path / "a")
    stored = json.loads((tmp_path / "a" / "result.json").read_text())
    del stored["config"]["model"]
    (tmp_path / "a" / "result.json").write_text(json.dumps(stored))
    with pytest.raises(UserError, match=r"a result\.json in it is damaged"):
        finished(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '"a"', "{}", '{"status": "ok"', '{"status": "ok"}'])
def test_a_damaged_record_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(UserError, match=r"a result\.json in it is damaged") as caught:
        finished(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change", [{"hidden": "many"}, {"hidden": [-1]}, {"activation": "rulu"}, {"kernel": "wide"}])
def test_a_record_changed_by_hand_is_refused_in_one_line(readers, tmp_path, change):
    stored = json.loads((readers / "relu" / "result.json").read_text())
    stored["config"]["model"] |= change
    (tmp_path / "result.json").write_text(json.dumps(stored))
    with pytest.raises(UserError, match="describes no network that can be built") as caught:
        open_best(tmp_path)
    assert "\n" not in str(caught.value)


def test_probabilities_are_those_the_run_recorded(readers):
    from mnist_exp.runs.files import read_predictions

    trained = open_best(readers / "mish")
    labels, recorded = read_predictions(readers / "mish")
    data, test = unseen([trained.result])
    assert data == "mnist5k"
    assert np.array_equal(test.labels, labels)
    assert np.allclose(trained.probabilities(test.images), recorded, atol=2e-3)  # recorded as float16
