"""What the activations of a study learned, from files written by hand."""

import numpy as np
import pytest

from mnist_exp.runs.files import write_probes
from mnist_exp.runs.learned import write_shapes
from mnist_exp.study.learned import learned_arms
from tests.factories import record

X = (-1.0, 0.0, 1.0)


def trained(folder, activation, seed, ends, by_channel=False):
    """A run whose parameters begin at 1; `ends` has their ends by layer and name. Its functions are x times a mean."""
    run = record(activation, seed, run_dir=folder / f"{activation}{seed}")
    run.run_dir.mkdir()
    probes, shapes = [], []
    for step in (0, 50):
        for layer, parameters in ends.items():
            values = {f"learned_{name}": end if step else 1.0 for name, end in parameters.items()}
            spread = {f"sd_of_{name}": 0.1 for name in parameters} if by_channel else {}
            probes.append({"step": step, "layer": layer, "dead": 0.0, **values, **spread})
            slope = np.mean(list(values.values()))
            shapes += [
                {"step": step, "layer": layer, "x": x, "mean": slope * x, "low": slope * x - 1, "high": slope * x + 1}
                for x in X
            ]
    write_probes(run.run_dir, probes)
    write_shapes(run.run_dir, shapes)
    return run


def test_means_and_ranges_are_over_the_seeds(tmp_path):
    runs = [trained(tmp_path, "swish_beta", seed, {"dense1": {"beta": end}}) for seed, end in enumerate((1.6, 2.0))]
    (learned,) = learned_arms({"mlp": {"relu": [record(run_dir=tmp_path / "none")], "swish_beta": runs}})
    assert learned.arm == "swish_beta"
    assert learned.sentence == "swish_beta: in dense1 beta went from 1.00 to 1.80 (n = 2)."
    (parameter,), (function,) = learned.parameters, learned.functions
    assert (parameter.layer, parameter.name, parameter.change.end) == ("dense1", "beta", pytest.approx(1.8))
    assert function.start.tolist() == list(X)
    assert function.end.tolist() == pytest.approx([-1.8, 0, 1.8])
    assert function.low.tolist() == pytest.approx([-3, -1, 0.6])
    assert function.high.tolist() == pytest.approx([-0.6, 1, 3])


def test_the_sentence_names_the_largest_change_and_its_network(tmp_path):
    layers = {"conv1": {"a": 1.1, "b": 0.5}, "dense1": {"a": 1.2, "b": 1.0}}
    run = trained(tmp_path, "own", 0, layers, by_channel=True)
    (learned,) = learned_arms({"cnn": {"own": [run]}, "mlp": {"own": [trained(tmp_path, "own", 1, {"d": {"a": 1.0}})]}})
    assert learned.sentence == ("own: in conv1 of cnn the mean of b over the channels went from 1.00 to 0.50 (n = 1).")
    assert learned.parameters[0].text == "a, mean over the channels"


def sentence(tmp_path, *ends):
    runs = [trained(tmp_path, "prelu", seed, {"dense1": parameters}) for seed, parameters in enumerate(ends)]
    return learned_arms({"mlp": {"prelu": runs}})[0].sentence


def test_a_parameter_that_falls_with_one_seed_and_grows_with_another_is_not_the_finding(tmp_path):
    said = sentence(tmp_path, {"a": 1.9, "b": 1.2}, {"a": 0.5, "b": 1.1})
    assert said == "prelu: in dense1 b went from 1.00 to 1.15 (n = 2)."


def test_seeds_that_disagree_are_named(tmp_path):
    assert sentence(tmp_path, {"a": 1.9}, {"a": 0.5}) == (
        "prelu: the direction of change differs between seeds. At most, in dense1 a went from 1.00 to 1.20 (n = 2)."
    )


def test_a_small_change_is_called_small(tmp_path):
    assert sentence(tmp_path, {"a": 1.004}).startswith(
        "prelu: no parameter changed by 0.01 or more. At most, in dense1"
    )


def test_without_learned_activations_there_is_nothing(tmp_path):
    assert learned_arms({"cnn": {"relu": [record(run_dir=tmp_path)]}}) == []
