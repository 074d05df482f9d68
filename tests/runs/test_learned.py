"""What activations learned, read from files written by hand."""

import logging

import numpy as np
import pytest

from mnist_exp.runs.files import SHAPES
from mnist_exp.runs.learned import Change, change_text, parameter_changes, read_shapes, write_shapes


def point(step, layer, x, mean, low=0.0, high=1.0):
    return {"step": step, "layer": layer, "x": x, "mean": mean, "low": low, "high": high}


def test_shapes_are_read_back_by_layer_at_the_first_and_the_last_step(tmp_path):
    assert read_shapes(tmp_path) == {}
    write_shapes(tmp_path, [])
    assert list(tmp_path.iterdir()) == []
    rows = [point(step, layer, x, step + x) for step in (0, 40) for layer in ("a", "b") for x in (-1.0, 1.0)]
    write_shapes(tmp_path, rows)
    found = read_shapes(tmp_path)
    assert list(found) == ["a", "b"]
    assert (found["b"].start.mean.tolist(), found["b"].end.mean.tolist()) == ([-1, 1], [39, 41])
    assert (found["b"].end.x.tolist(), found["b"].end.high.tolist()) == ([-1, 1], [1, 1])


def test_a_layer_with_one_step_with_other_points_or_with_too_large_numbers_is_left_out(tmp_path):
    rows = [point(0, "one", 0, 0), point(0, "other", 0, 0), point(9, "other", 1, 0)]
    rows += [point(0, "nan", 0, 0), point(9, "nan", 0, np.nan), point(0, "large", 0, 1e308), point(9, "large", 0, 0)]
    write_shapes(tmp_path, rows)
    assert read_shapes(tmp_path) == {}


@pytest.mark.parametrize(
    "text", ["step,layer\n0,a\n", "step,layer,x,mean,low,high\n0,a,b,0,0,0\n", "\0", "a,a\n1,2,3\n"]
)
def test_a_damaged_file_is_named_and_has_no_shapes(tmp_path, text, caplog):
    caplog.set_level(logging.WARNING)
    (tmp_path / SHAPES).write_text(text)
    assert read_shapes(tmp_path) == {}
    assert ("counts as one without learned shapes" in caplog.text) == (text != "\0")


def test_parameters_change_from_the_first_step_to_the_last():
    row = {"layer": "dense1", "gradient_norm": 0.1, "sd_of_a": None, "sd_of_b": 0.2}
    rows = [
        {"step": step, **row, "learned_a": value, "learned_b": -value} for step, value in ((0, 1.0), (5, 7.0), (9, 3.0))
    ]
    rows += [{"step": step, "layer": "logits", "learned_a": None, "learned_b": None} for step in (0, 9)]
    assert parameter_changes(rows) == {"dense1": {"a": Change(1, 3, False), "b": Change(-1, -3, True)}}
    assert parameter_changes([]) == {}
    assert parameter_changes([{"step": 0, "layer": "dense1", "dead": 0.1}]) == {}  # as earlier versions wrote it


def test_changes_as_text():
    assert change_text(Change(1, 1.826, False)) == "1.00 → 1.83"
    assert change_text(Change(0, -0.01234, False), "to") == "0.0000 to −0.0123"
    assert change_text(Change(-0.001, 2, False)) == "0.00 → 2.00"
