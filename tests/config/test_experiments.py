"""The published setups as composed, compared with their sources and Keras' documentation."""

from dataclasses import replace

import pytest

CLAIMS = {
    "activation_cnn": {"test_acc": 0.9897, "train_acc": 0.9982, "val_acc": 0.9891},
    "softmax_sgd": {"test_loss": 0.2753, "test_acc": 0.9229},
    "mlp_sigmoid_sgd": {"test_loss": 0.1791, "test_acc": 0.9497},
    "cnn_deep_sgd": {"test_loss": 0.0296, "test_acc": 0.9899},
    "ann_simple": {"test_acc": 0.92},
    "ann_deep": {"test_acc": 0.98},
    "cnn_dropout": {"test_loss": 0.0233, "test_acc": 0.9935},
    "cnn_plain": {},
}
KERAS = {"sgd": (0.01, 0.0, 32), "adam": (0.001, None, 32)}  # lr, momentum, batch_size


@pytest.mark.slow
@pytest.mark.parametrize(("name", "claims"), CLAIMS.items())
def test_each_setup_has_its_claims_the_full_data_and_keras_defaults(plain, name, claims):
    setup = plain(f"experiment={name}")
    keys = ("train_acc", "val_acc", "test_acc", "test_loss")
    given = {key: value for key in keys if (value := getattr(setup.claim, key)) is not None}
    assert (given, setup.claim.name) == (claims, name)
    assert (setup.data.name, setup.data.fallback) == ("mnist", False)
    lr, momentum, batch_size = KERAS[setup.optimizer.name]
    assert (setup.optimizer.lr, setup.schedule.name, setup.model.init) == (lr, "constant", "glorot")
    assert momentum is None or setup.optimizer.momentum == momentum
    assert setup.data.batch_size == (128 if name in ("cnn_dropout", "cnn_plain") else batch_size)


def test_cnn_dropout_has_the_network_and_training_of_its_source(plain):
    setup = plain("experiment=cnn_dropout")
    model = setup.model
    assert (model.channels, model.kernel, model.hidden, model.dropout) == ([32, 64], 3, [128], 0.5)
    assert (setup.trainer.max_epochs, setup.data.val_size) == (12, 0)
    assert setup.diagnostics.test_each_epoch is True
    assert setup.claim.epochs == {1: [0.925, 0.971], 6: [0.988, 0.991], 12: [0.993, 0.993]}
    without = plain("experiment=cnn_plain")
    assert without.model == replace(model, dropout=0.0)
    assert (without.optimizer, without.trainer) == (setup.optimizer, setup.trainer)


def test_cnn_deep_sgd_has_the_network_of_its_source(plain):
    model = plain("experiment=cnn_deep_sgd").model
    assert (model.channels, model.kernel, model.hidden) == ([16, 32, 64], 5, [100])
    assert (model.activation, model.dense_activation) == ("relu", "sigmoid")


def test_the_reproduce_sweep_never_falls_back_to_other_data(composed):
    assert composed("sweep=reproduce").sweep.axes["data.fallback"] == "false"
