"""The probes of a study, from files written by hand."""

import pytest

from mnist_exp.models.activations import SATURATED as LEAST_SLOPE
from mnist_exp.runs.files import write_probes
from mnist_exp.study.inside import SATURATED, measured_inside
from tests.factories import record

STEPS = (0, 100)


def probed(folder, activation, seed, layers):
    """A run; `layers` gives gradient norm, dead and saturated share by layer, at the step where each is read."""
    run = record(activation, seed, run_dir=folder / f"{activation}{seed}")
    run.run_dir.mkdir()
    rows = [
        {
            "step": step,
            "layer": layer,
            "gradient_norm": gradient if step == 0 else 7.0,
            "dead": dead if step == 100 else 0.7,
            "saturated": saturated if step == 100 else 0.7,
        }
        for step in STEPS
        for layer, (gradient, dead, saturated) in layers.items()
    ]
    write_probes(run.run_dir, rows)
    return run


def test_each_layer_has_mean_and_range_over_the_seeds_at_the_step_of_the_quantity(tmp_path):
    runs = [probed(tmp_path, "relu", seed, {"conv1": (norm, norm / 2, 0.5)}) for seed, norm in enumerate((0.1, 0.3))]
    measures = measured_inside({"cnn": {"relu lr=0.1": runs}})
    assert [measure.key for measure in measures] == ["gradients", "dead", "saturated"]
    (gradient,), (dead,) = measures[0].values, measures[1].values
    assert (gradient.network, gradient.arm, gradient.activation) == ("cnn", "relu lr=0.1", "relu")
    assert (gradient.layer, gradient.n, gradient.low, gradient.high) == ("conv1", 2, 0.1, 0.3)
    assert gradient.mean == pytest.approx(0.2)
    assert (dead.mean, dead.low, dead.high) == pytest.approx((10, 5, 15))
    assert [measure.label for measure in measures[:2]] == [
        "Gradient norm at the first step",
        "Dead units at the end, %",
    ]


def test_a_layer_without_a_number_and_a_run_without_probes_are_left_out(tmp_path):
    layers = {"dense1": (0.1, 0.0, float("nan")), "logits": (0.2, None, None)}
    runs = [probed(tmp_path, "relu", 0, layers), record(run_dir=tmp_path / "nothing")]
    measures = measured_inside({"mlp": {"relu": runs}})
    found = {measure.key: [(value.layer, value.n) for value in measure.values] for measure in measures}
    assert found == {"gradients": [("dense1", 1), ("logits", 1)], "dead": [("dense1", 1)]}


def test_without_probes_there_is_nothing(tmp_path):
    assert measured_inside({"cnn": {"relu": [record(run_dir=tmp_path)]}}) == []


def test_the_sentences_name_the_layer_and_the_network_that_differ_most(tmp_path):
    (tmp_path / "mlp").mkdir()
    networks = {
        "cnn": {
            "relu": [probed(tmp_path, "relu", 0, {"conv1": (0.4, 0.25, 0.5), "conv2": (0.4, 0, 0.5)})],
            "sigmoid": [probed(tmp_path, "sigmoid", 0, {"conv1": (0.01, 0, 0.5), "conv2": (0.1, 0, 0.5)})],
        },
        "mlp": {name: [probed(tmp_path / "mlp", name, 0, {"dense1": (0.1, 0.1, 0.5)})] for name in ("relu", "sigmoid")},
    }
    gradients, dead, saturated = [measure.sentence for measure in measured_inside(networks)]
    assert gradients == (
        "sigmoid: the gradient in conv1 of cnn is 40 times smaller than with relu at the first step (n = 1)."
    )
    assert dead == "relu: 25 % of the units in conv1 of cnn are dead at the end, none with sigmoid (n = 1)."
    assert saturated == (
        "The activations differ by less than 1 point. "
        "At most, with relu, 50 % of the activation's inputs in conv1 of cnn are saturated at the end."
    )


def test_the_glossary_states_the_threshold_of_the_probes():
    assert f"below {LEAST_SLOPE}:" in SATURATED.meaning
