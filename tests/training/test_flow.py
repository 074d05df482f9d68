import logging
from dataclasses import replace

import pytest
import torch

from mnist_exp.data.module import MNISTDataModule
from mnist_exp.models.activations import FunctionActivation
from mnist_exp.runs.measured_files import read_flow, read_probes
from mnist_exp.training.build import build_classifier
from mnist_exp.training.flow import predicted_rows, share_of_same_class
from mnist_exp.training.run import run
from tests.conftest import QUICK


@pytest.fixture(scope="module")
def train():
    from mnist_exp.config.compose import compose

    data = MNISTDataModule.from_config(compose(QUICK))
    data.setup()
    return data.train


def test_a_dense_network_has_a_row_for_each_layer_and_no_random_number_is_drawn(plain, train):
    config = plain(*QUICK)
    module = build_classifier(config)
    before = torch.get_rng_state()
    rows = predicted_rows(config, module, train)
    assert torch.equal(torch.get_rng_state(), before)
    assert [row["layer"] for row in rows] == ["dense1", "logits"]
    assert list(rows[0]) == ["layer", "variance", "mean_square", "chi", "gradient_norm"]


def test_other_networks_have_none(plain, train):
    for overrides in (["model=cnn"], ["model=softmax"], ["model.dropout=0.1"]):
        config = plain(*QUICK, *overrides)
        assert predicted_rows(config, build_classifier(config), train) == []


def test_an_activation_that_fails_where_it_is_tried_costs_no_run(plain, train, caplog):
    def single_precision(x):
        if x.dtype == torch.double:
            raise RuntimeError("no doubles")
        return x

    config = plain(*QUICK)
    module = build_classifier(config)
    module.network.dense1_act = FunctionActivation(single_precision, {})
    with caplog.at_level(logging.DEBUG):
        assert predicted_rows(config, module, train) == []
    assert "no doubles" in caplog.text


def test_the_share_of_pairs_of_one_class_is_counted():
    """Of a, a, a, b there are six pairs, three of them of one class."""
    assert share_of_same_class(torch.tensor([2, 2, 2, 5])) == 0.5


@pytest.mark.slow
def test_the_probes_of_a_run_measure_what_was_predicted(plain, tmp_path):
    """One network of 256, 128 and 64 units: 20 percent."""
    overrides = [*QUICK, "model=mlp_deep", "model.activation=tanh", "model.init=torch"]
    run(plain(*overrides, "trainer.threads=1"), tmp_path, overrides)
    predicted = {row["layer"]: row for row in read_flow(tmp_path)}
    first = {row["layer"]: row for row in read_probes(tmp_path) if row["step"] == 0}
    assert list(predicted) == list(first) == ["dense1", "dense2", "dense3", "logits"]
    for name, row in first.items():
        assert row["gradient_norm"] == pytest.approx(predicted[name]["gradient_norm"], rel=0.2)
        if name != "logits":
            square = row["activation_mean"] ** 2 + row["activation_sd"] ** 2
            assert square == pytest.approx(predicted[name]["mean_square"], rel=0.2)


def test_without_probes_nothing_is_predicted(plain, tmp_path):
    config = plain(*QUICK)
    config = replace(config, diagnostics=replace(config.diagnostics, probe_every=0))
    run(config, tmp_path, QUICK)
    assert read_flow(tmp_path) == []
