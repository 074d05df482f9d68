"""Sentences about values by layer, written by hand."""

import pytest

from mnist_exp.study.inside import LayerValue
from mnist_exp.study.inside_sentences import compare_gradients, compare_shares


def value(arm, mean, layer="dense1", network="mlp", spread=0.0, n=3):
    return LayerValue(network, arm, arm, layer, mean, mean - spread, mean + spread, n)


def dead(*values):
    return compare_shares(values, "units", "dead")


@pytest.mark.parametrize(
    ("small", "factor"),
    [(0.25, "4.0"), (0.0307, "33"), (0.000813, "1,200"), (1e-9, "more than a million")],
)
def test_a_factor_has_two_digits(small, factor):
    sentence = compare_gradients([value("relu", 1.0), value("tanh", 0.5), value("sigmoid", small)])
    assert sentence == (
        f"sigmoid: the gradient in dense1 is {factor} times smaller than with relu at the first step (n = 3)."
    )


def test_a_gradient_of_zero_has_no_factor():
    sentence = compare_gradients([value("relu", 1.0, n=2), value("sigmoid", 0.0)])
    assert sentence == "sigmoid: the gradient in dense1 is zero at the first step, but not with relu (n = 2 to 3)."


def test_small_and_unclear_differences_between_gradients_are_not_claimed():
    assert compare_gradients([value("relu", 1.0), value("tanh", 0.6)]) == (
        "At the first step the gradients of the activations differ by less than a factor of 2."
    )
    assert compare_gradients([value("relu", 1.0, spread=0.9), value("tanh", 0.2, spread=0.1)]) == (
        "At the first step the gradients differ as much between seeds as between activations."
    )


def test_a_clear_difference_is_found_beside_a_larger_one_that_is_not_clear():
    unclear = [value("relu", 9.0, spread=8.9), value("tanh", 0.2)]
    clear = [value("relu", 3.0, "dense2"), value("tanh", 1.0, "dense2")]
    sentence = compare_gradients([*unclear, *clear])
    assert sentence == "tanh: the gradient in dense2 is 3.0 times smaller than with relu at the first step (n = 3)."


def test_of_a_single_activation_the_layers_are_compared():
    layers = [value("relu", 0.2), value("relu", 1.0, "logits")]
    assert compare_gradients(layers) == (
        "relu: the gradient in dense1 is 5.0 times smaller than in logits at the first step (n = 3)."
    )
    assert compare_gradients(layers[:1]) == "There is one gradient only: nothing to compare."


@pytest.mark.parametrize(
    ("share", "text"), [(0.04, "less than 0.1 %"), (0.52, "0.5 %"), (12.4, "12 %"), (99.6, "99.6 %"), (100, "100 %")]
)
def test_a_share_is_not_rounded_to_none_or_all(share, text):
    assert dead(value("relu", share)) == (
        f"relu: {text} of the units in dense1 are dead at the end (n = 3). No other layer has more."
    )


def test_shares_of_zero_are_named():
    assert dead(value("relu", 0.0), value("tanh", 0.0)) == "No activation has dead units at the end."


def test_small_and_unclear_differences_between_shares_are_not_claimed():
    assert dead(value("relu", 6.4), value("tanh", 6.0)) == (
        "The activations differ by less than 1 point. "
        "At most, with relu, 6.4 % of the units in dense1 are dead at the end."
    )
    assert dead(value("relu", 6.0, spread=4), value("tanh", 2.0, spread=1)) == (
        "The seeds differ as much as the activations. "
        "At most, with relu, 6.0 % of the units in dense1 are dead at the end."
    )


def test_several_networks_are_named():
    sentence = dead(value("relu", 30), value("tanh", 2), value("relu", 90, "conv1", "cnn"))
    assert sentence == "relu: 30 % of the units in dense1 of mlp are dead at the end, 2.0 % with tanh (n = 3)."
