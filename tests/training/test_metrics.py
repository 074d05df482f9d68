import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from mnist_exp.training.metrics import Predictions, per_class


def test_per_class_metrics_equal_scikit_learns():
    torch.manual_seed(0)
    logits, labels = torch.randn(500, 10) + 2 * F.one_hot(torch.arange(500) % 10, 10), torch.arange(500) % 10
    ours = per_class(logits, labels, 10)
    precision, recall, f1, support = precision_recall_fscore_support(labels, logits.argmax(1))
    assert ours["precision"] == pytest.approx(precision)
    assert ours["recall"] == pytest.approx(recall)
    assert ours["f1"] == pytest.approx(f1)
    assert ours["support"] == support.tolist()
    assert ours["confusion"] == confusion_matrix(labels, logits.argmax(1)).tolist()


def test_a_class_that_is_never_predicted_has_zero_precision_not_nan():
    logits, labels = F.one_hot(torch.zeros(4, dtype=torch.long), 10).float(), torch.tensor([0, 0, 1, 1])
    ours = per_class(logits, labels, 10)
    assert ours["precision"] == [0.5] + [0.0] * 9
    assert ours["recall"] == [1.0] + [0.0] * 9
    assert ours["support"] == [2, 2] + [0] * 8


def test_predictions_are_collected_until_reset():
    collected = Predictions()
    for part in range(3):
        collected.update(torch.full((2, 10), float(part)), torch.tensor([part, part]))
    logits, labels = collected.compute()
    assert (logits[:, 0].tolist(), labels.tolist()) == ([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2])
    collected.reset()
    assert collected.labels == []
