"""Which property goes with accuracy, in studies whose truth is known."""

import pytest

from mnist_exp.runs.files import write_probes
from mnist_exp.study.association_sentence import association_sentence
from mnist_exp.study.associations import associations, study_associations
from mnist_exp.study.cells import cells
from mnist_exp.study.statistics import holm
from tests.factories import record

NAMES = ("relu", "mish", "tanh", "gelu", "elu", "selu", "swish", "softplus")


def probed(folder, name, place, test, model="mlp_deep", seed=0):
    """A run whose gradient ratio grows with `place`; nothing is dead, and half of the inputs are saturated."""
    run = record(name, seed, test=test, model=model, run_dir=folder / f"{model}{name}{seed}")
    run.run_dir.mkdir()
    middle = {"activation_kurtosis": 3.0 + place**2 % 7, "dead": 0.0, "saturated": 0.5}
    first = [
        {"step": 0, "layer": "dense1", "gradient_norm": 0.1 * (place + 1), **middle, "dead": 0.9},
        {"step": 0, "layer": "logits", "gradient_norm": 0.2},
    ]
    write_probes(run.run_dir, [*first, {"step": 9, "layer": "dense1", **middle}, {"step": 9, "layer": "logits"}])
    return run


def study(folder, names=NAMES, accuracy=lambda place: 0.9 + place / 1000):
    return [probed(folder, name, place, accuracy(place), seed=s) for place, name in enumerate(names) for s in (0, 1)]


def test_a_property_that_goes_with_accuracy_is_found(tmp_path):
    found = study_associations(study(tmp_path), [])
    by_key = {one.measure.key: one for one in found.found}
    assert list(by_key) == ["gradient_ratio", "dead", "saturated", "kurtosis", "seconds"]
    ratio = by_key["gradient_ratio"]
    assert ratio.values["mish"] == pytest.approx((1.0, 0.901))
    assert (ratio.correlation.rho, ratio.is_shown) == (pytest.approx(1), True)
    constant = [by_key[name].correlation for name in ("dead", "saturated", "seconds")]
    assert constant == [None] * 3  # the dead share of the first step does not count
    p_values = [by_key[name].correlation.p for name in ("gradient_ratio", "kurtosis")]
    assert [by_key[name].p_adjusted for name in ("gradient_ratio", "kurtosis")] == holm(p_values)
    row = ratio.csv_row()
    assert (row["data"], row["model"], row["property"], row["activations"]) == (
        "mnist",
        "mlp_deep",
        "gradient_ratio",
        8,
    )
    text = association_sentence(found)
    assert text.startswith(
        "Over 8 activations of mlp_deep on mnist, accuracy is higher where the gradient ratio of first to last layer "
        "is higher: rank correlation +1.00 ["
    )
    assert text.endswith("1 of 2 associations are shown. An association is not a cause.")


def test_networks_are_not_mixed(tmp_path):
    up = study(tmp_path)
    down = [probed(tmp_path, name, place, 0.9 - place / 1000, "cnn") for place, name in enumerate(NAMES)]
    found = [one for one in associations(cells(up + down, [])).found if one.measure.key == "gradient_ratio"]
    assert [(one.block.model, round(one.correlation.rho)) for one in found] == [("cnn", -1), ("mlp_deep", 1)]


def test_activations_at_chance_do_not_count_and_too_few_are_said(tmp_path):
    runs = study(tmp_path, NAMES[:5], lambda place: 0.1 if place == 2 else 0.9 + place / 1000)
    found = study_associations(runs, [])
    assert (found.found, found.most_activations, found.probed) == ([], 4, True)
    assert association_sentence(found) == (
        "There are too few activations to say: at least 5 that learned are needed on one network, and there are 4."
    )


def test_no_association_is_said_in_careful_words(tmp_path):
    order = (3, 6, 1, 4, 0, 7, 2, 5)
    text = association_sentence(study_associations(study(tmp_path, accuracy=lambda p: 0.9 + order[p] / 1000), []))
    assert text.startswith("No association is shown: 2 rank correlations over 8 activations each. The largest is that ")
    assert text.endswith("Chance can explain it.")


def test_properties_that_are_all_equal_cannot_go_with_accuracy(tmp_path):
    runs = [record(name, test=0.9 + place / 1000, run_dir=tmp_path) for place, name in enumerate(NAMES)]
    found = study_associations(runs, [])
    assert (found.probed, found.correlated, len(found.found)) == (False, [], 1)
    assert "the same for all activations" in association_sentence(found)
