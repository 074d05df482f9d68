"""Predicted and measured flow of a study, from files written by hand."""

import pytest

from mnist_exp.runs.files import write_flow, write_probes
from mnist_exp.study.flow import predicted_flow
from tests.factories import record


def probed(folder, activation, seed, measured, predicted, step=0):
    """A run; gradient norms by layer, measured and predicted. The activations have mean 3 and sd 4."""
    run = record(activation, seed, run_dir=folder / f"{activation}{seed}")
    run.run_dir.mkdir()
    layers = {"dense1": {"activation_mean": 3.0, "activation_sd": 4.0}, "logits": {}}
    first = [{"step": step, "layer": k, "gradient_norm": measured[k], **v} for k, v in layers.items() if k in measured]
    write_probes(run.run_dir, [*first, {"step": 9, "layer": "dense1", "gradient_norm": 7.0}])
    squares = {"dense1": 20.0}
    rows = [{"layer": k, "mean_square": squares.get(k), "gradient_norm": v} for k, v in predicted.items()]
    write_flow(run.run_dir, rows)
    return run


def test_each_layer_has_means_over_the_seeds_of_what_was_predicted_and_measured(tmp_path):
    runs = [
        probed(tmp_path, "relu", seed, {"dense1": 0.1 * (seed + 1), "logits": 0.5}, {"dense1": 0.1, "logits": 0.5})
        for seed in (0, 1)
    ]
    activations, gradients = predicted_flow({"mlp": {"relu": runs}})
    (square,) = activations.values
    assert (square.predicted, square.measured, square.n) == (20, 25, 2)  # 3² + 4²
    dense, logits = gradients.values
    assert (dense.predicted, dense.measured, dense.low, dense.high) == pytest.approx((0.1, 0.15, 0.1, 0.2))
    assert logits.ratio == 1
    assert gradients.sentence == (
        "Of 2 layers, counted for each activation, half have a gradient norm within a factor of 1.25 of the "
        "prediction. Farthest: dense1 with relu, 1.5 times the prediction (n = 2)."
    )
    assert activations.sentence == (
        "The mean square of the activations in dense1 with relu, 1.25 times the prediction (n = 2)."
    )


def test_runs_without_one_of_the_two_are_left_out(tmp_path):
    norms = {"dense1": 0.1, "logits": 0.5}
    unpredicted = probed(tmp_path, "relu", 0, norms, {})
    later = probed(tmp_path, "mish", 0, norms, norms, step=5)
    assert predicted_flow({"mlp": {"relu": [unpredicted], "mish": [later], "tanh": [record(run_dir=tmp_path)]}}) == []


def test_a_vanished_gradient_has_no_ratio(tmp_path):
    run = probed(tmp_path, "relu", 0, {"dense1": 0.0, "logits": 0.5}, {"dense1": 0.1, "logits": 0.5})
    *_, gradients = predicted_flow({"mlp": {"relu": [run]}})
    assert [value.layer for value in gradients.values] == ["logits"]
