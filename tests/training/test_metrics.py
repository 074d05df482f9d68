import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from mnist_exp.config import CONF
from mnist_exp.config.compose import compose
from mnist_exp.errors import UserError
from mnist_exp.training.metrics import Predictions, check_metrics, make_metrics, per_class

OWN = """
import torch
from torchmetrics import Metric
class Balanced(Metric):
    def __init__(self, num_classes):
        super().__init__()
        self.add_state("right", torch.zeros(num_classes))
        self.add_state("all", torch.zeros(num_classes))
    def update(self, logits, labels):
        self.right += torch.bincount(labels[logits.argmax(1) == labels], minlength=len(self.right))
        self.all += torch.bincount(labels, minlength=len(self.all))
    def compute(self): return (self.right / self.all).mean()
class Many(Balanced):
    def compute(self): return self.right
class Named(Balanced):
    def compute(self): return {"a": torch.tensor(1.0)}
class Raises(Balanced):
    def compute(self): raise ValueError("no")
class NoMetric: pass
"""


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


@pytest.fixture
def examples():
    """Logits of 300 images of five classes, in unequal numbers, and their labels."""
    rng = np.random.default_rng(0)
    labels = rng.choice(5, 300, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    return rng.normal(size=(300, 5)) + 1.5 * np.eye(5)[labels], labels


def expected_metrics(logits, labels):
    """Every metric of conf/metrics from its definition."""
    n, classes = logits.shape
    predicted = logits.argmax(1)
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    matrix = np.array([[((labels == a) & (predicted == p)).sum() for p in range(classes)] for a in range(classes)])
    diagonal, actual, given = matrix.diagonal(), matrix.sum(1), matrix.sum(0)
    precision, recall = diagonal / given, diagonal / actual
    chance = (actual * given).sum() / n**2
    bins = np.minimum((probabilities.max(1) * 15).astype(int), 14)
    gaps = [abs((probabilities.max(1) - (predicted == labels))[bins == b].sum()) for b in range(15)]
    areas = []
    for c in range(classes):  # the fraction of pairs in which the image of the class has the higher probability
        of_class, others = probabilities[labels == c, c], probabilities[labels != c, c]
        areas.append((of_class[:, None] > others).mean())
    return {
        "precision": precision.mean(),
        "recall": recall.mean(),
        "f1": (2 * precision * recall / (precision + recall)).mean(),
        "specificity": ((n - actual - given + diagonal) / (n - actual)).mean(),
        "cohen_kappa": ((predicted == labels).mean() - chance) / (1 - chance),
        "matthews": (diagonal.sum() * n - actual @ given) / np.sqrt((n**2 - given @ given) * (n**2 - actual @ actual)),
        "calibration_error": sum(gaps) / n,
        "auroc": np.mean(areas),
        "top2": np.mean([label in row for label, row in zip(labels, logits.argsort(1)[:, -2:], strict=True)]),
    }


def test_every_metric_of_the_config_folder_equals_its_definition(examples, plain):
    logits, labels = examples
    expected = expected_metrics(logits, labels)
    assert set(expected) == {path.stem for path in (CONF / "metrics").glob("*.yaml")}
    metrics = make_metrics(plain(f"metrics=[{','.join(expected)}]").metrics, 5)
    found = metrics(torch.tensor(logits), torch.tensor(labels))
    assert found.pop("acc") == pytest.approx((logits.argmax(1) == labels).mean())
    assert {name: value.item() for name, value in found.items()} == pytest.approx(expected, abs=1e-6)


def test_metrics_can_be_named_by_class_with_or_without_multiclass(examples, plain):
    logits, labels = map(torch.tensor, examples)
    metrics = make_metrics(plain("metrics=[f1,F1Score,MulticlassJaccardIndex]", "metrics.f1.average=micro").metrics, 5)
    found = metrics(logits, labels)
    matrix = np.array([[((labels == a) & (logits.argmax(1) == p)).sum() for p in range(5)] for a in range(5)])
    jaccard = matrix.diagonal() / (matrix.sum(0) + matrix.sum(1) - matrix.diagonal())
    assert found["f1"] == pytest.approx((logits.argmax(1) == labels).double().mean().item())
    assert found["F1Score"] == pytest.approx(expected_metrics(*examples)["f1"])
    assert found["MulticlassJaccardIndex"] == pytest.approx(jaccard.mean())


@pytest.fixture
def own_file(tmp_path, monkeypatch):
    (tmp_path / "my.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])


@pytest.mark.usefixtures("own_file")
def test_a_metric_of_the_users_own_gets_logits_and_labels(examples):
    metrics = make_metrics(compose(["metrics=[./my.py:Balanced]"]).metrics, 5)
    found = metrics(*map(torch.tensor, examples))
    assert found["Balanced"] == pytest.approx(expected_metrics(*examples)["recall"])


@pytest.mark.usefixtures("own_file")
@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (
            "metrics=[./my.py:Many]",
            "metrics=Many: must return one number, a tensor of one element; it returned 10 numb",
        ),
        (
            "metrics=[./my.py:Named]",
            "metrics=Named: must return one number, a tensor of one element; it returned a dic",
        ),
        ("metrics=[./my.py:Raises]", "my.py, line 18: ValueError: no"),
        ("metrics=[./my.py:NoMetric]", "metrics=NoMetric: must be a class derived from torchmetrics.Metric."),
        ("metrics=[./my.py:Balenced]", "./my.py: attribute 'Balenced' is unknown. Did you mean 'Balanced'?"),
        ("metrics=[f1] metrics.f1.average=none", "metrics=f1: must return one number, a tensor of one element; it ret"),
        ("metrics=[f1] metrics.f1.average=means", "metrics=f1: ValueError: Expected argument `average` to be one of"),
        ("metrics=[MulticlassROC]", "metrics=MulticlassROC: must return one number, a tensor of one element; it retu"),
        ("+metrics.acc._target_=torchmetrics.classification.MulticlassF1Score", "metrics=acc: choose another name"),
    ],
)
def test_a_metric_that_cannot_be_used_is_refused_in_one_line(overrides, line):
    with pytest.raises(UserError) as refused:
        check_metrics(compose(overrides.split()).metrics, 10)
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_a_metric_for_each_class_names_the_argument_that_takes_their_mean(plain):
    with pytest.raises(UserError, match=r"Set metrics\.f1\.average=macro"):
        check_metrics(plain("metrics=[f1]", "metrics.f1.average=none").metrics, 10)


def test_metrics_that_can_be_used_are_accepted(plain):
    names = [path.stem for path in (CONF / "metrics").glob("*.yaml")]
    for num_classes in (2, 47):
        check_metrics(plain(f"metrics=[{','.join(names)},Accuracy,HammingDistance]").metrics, num_classes)
