import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from mnist_exp.training.classifier import per_class


def test_per_class_figures_are_scikit_learns():
    torch.manual_seed(0)
    logits, labels = torch.randn(500, 10) + 2 * F.one_hot(torch.arange(500) % 10, 10), torch.arange(500) % 10
    ours = per_class(logits, labels)
    precision, recall, f1, support = precision_recall_fscore_support(labels, logits.argmax(1))
    assert ours["precision"] == pytest.approx(precision)
    assert ours["recall"] == pytest.approx(recall)
    assert ours["f1"] == pytest.approx(f1)
    assert ours["support"] == support.tolist()
    assert ours["confusion"] == confusion_matrix(labels, logits.argmax(1)).tolist()


def test_a_digit_never_told_has_zero_precision_not_nan():
    logits, labels = F.one_hot(torch.zeros(4, dtype=torch.long), 10).float(), torch.tensor([0, 0, 1, 1])
    ours = per_class(logits, labels)
    assert ours["precision"] == [0.5] + [0.0] * 9
    assert ours["recall"] == [1.0] + [0.0] * 9
    assert ours["support"] == [2, 2] + [0] * 8
