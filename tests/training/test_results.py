import math

from mnist_exp.training.results import configured_metrics, note_best
from tests.factories import record


def measured(*names):
    """A record whose configuration has metrics of these names."""
    one = record()
    one.config.metrics = {name: {} for name in names}
    return one


def test_only_configured_metrics_of_the_stage_are_taken():
    row = {"epoch": 1, "val_f1": 0.5, "val_acc": 0.9, "train_f1": 0.4, "val_kappa": math.nan, "val_other": 1.0}
    assert configured_metrics(measured("f1", "kappa", "absent"), "val", row) == {"val_f1": 0.5, "val_kappa": None}


def test_the_metrics_are_those_of_the_epoch_with_the_best_validation_accuracy():
    one = measured("f1")
    rows = [(0.7, 0.9), (0.8, 0.6), (0.8, 0.5)]
    one.history = [
        {"epoch": epoch, "val_acc": acc, "val_f1": f1, "train_acc": acc, "train_loss": 1.0, "train_f1": f1 / 2}
        for epoch, (acc, f1) in enumerate(rows, start=1)
    ]
    note_best(one)
    assert (one.best_epoch, one.val_acc, one.metrics) == (2, 0.8, {"train_f1": 0.3, "val_f1": 0.6})


def test_without_a_validation_set_the_metrics_are_those_of_the_last_epoch():
    one = measured("f1")
    one.history = [{"epoch": n, "train_acc": 0.5, "train_loss": 1.0, "train_f1": 1 / n} for n in (1, 2)]
    note_best(one)
    assert (one.best_epoch, one.metrics) == (2, {"train_f1": 0.5})
