"""The predictions and probes of a run: read back, and refused where they are damaged."""

import numpy as np

from mnist_exp.runs import files, measured_files


def test_predictions_are_read_back(tmp_path):
    labels, probabilities = np.array([1, 9]), np.array([[0.25] * 4 + [0] * 6, [0.1] * 10])
    files.write_predictions(tmp_path, labels, probabilities)
    stored_labels, stored = measured_files.read_predictions(tmp_path)
    assert (stored_labels.tolist(), stored.dtype, stored.shape) == ([1, 9], np.float16, (2, 10))
    assert np.allclose(stored, probabilities, atol=1e-3)


def test_probes_are_read_back_and_absent_ones_are_empty(tmp_path):
    assert measured_files.read_probes(tmp_path) == []
    files.write_probes(tmp_path, [{"step": 1, "layer": "conv1", "rms": 0.5}, {"step": 2, "layer": "conv1"}])
    assert measured_files.read_probes(tmp_path) == [
        {"step": 1.0, "layer": "conv1", "rms": 0.5},
        {"step": 2.0, "layer": "conv1", "rms": None},
    ]
