"""The predictions and probes of a run: read back, and refused where they are damaged."""

import numpy as np

from mnist_exp.runs import files, measured_files


def test_predictions_are_read_back(tmp_path):
    labels, probabilities = np.array([1, 9]), np.array([[0.25] * 4 + [0] * 6, [0.1] * 10])
    files.write_predictions(tmp_path, labels, probabilities)
    stored_labels, stored = measured_files.read_predictions(tmp_path)
    assert (stored_labels.tolist(), stored.dtype, stored.shape) == ([1, 9], np.float16, (2, 10))
    assert np.allclose(stored, probabilities, atol=1e-3)


def test_the_predicted_flow_is_read_back_and_a_damaged_one_is_absent(tmp_path):
    assert measured_files.read_flow(tmp_path) == []
    rows = [{"layer": "dense1", "chi": 0.5, "gradient_norm": 0.1}, {"layer": "logits", "gradient_norm": 0.2}]
    files.write_flow(tmp_path, rows)
    assert measured_files.read_flow(tmp_path) == [rows[0], rows[1] | {"chi": None}]
    (tmp_path / files.FLOW).write_text("layer,gradient_norm\ndense1,much\n")
    assert measured_files.read_flow(tmp_path) == []


def test_probes_of_earlier_versions_without_kurtosis_are_read(tmp_path):
    (tmp_path / files.PROBES).write_text("step,layer,gradient_norm,activation_mean\n0,dense1,0.5,0.25\n")
    expected = {"step": 0.0, "layer": "dense1", "gradient_norm": 0.5, "activation_mean": 0.25}
    assert measured_files.read_probes(tmp_path) == [expected]


def test_probes_are_read_back_and_absent_ones_are_empty(tmp_path):
    assert measured_files.read_probes(tmp_path) == []
    files.write_probes(tmp_path, [{"step": 1, "layer": "conv1", "rms": 0.5}, {"step": 2, "layer": "conv1"}])
    assert measured_files.read_probes(tmp_path) == [
        {"step": 1.0, "layer": "conv1", "rms": 0.5},
        {"step": 2.0, "layer": "conv1", "rms": None},
    ]
