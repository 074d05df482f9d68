import pytest
import torch
from torch.nn import functional as F

from mnist_exp.models.batch_gradients import Batch, output_errors, over_batch


def test_the_errors_at_logits_near_zero_are_those_of_equal_probabilities():
    labels = torch.tensor([0, 0, 1])
    errors = output_errors(1e-12 * torch.eye(3, dtype=torch.double), labels, 4, label_smoothing=0.0)
    expected = [[0.75, 0.75, -0.25], [0.75, 0.75, -0.25], [-0.25, -0.25, 0.75]]
    assert torch.allclose(errors, torch.tensor(expected, dtype=torch.double), atol=1e-4)


def test_the_errors_are_the_derivatives_of_the_smoothed_loss():
    torch.manual_seed(0)
    logits, labels = torch.randn(20_000, 5, requires_grad=True), torch.zeros(20_000, dtype=torch.long)
    F.cross_entropy(logits, labels, label_smoothing=0.2, reduction="sum").backward()
    errors = output_errors(torch.ones(1, 1, dtype=torch.double), labels[:1], 5, label_smoothing=0.2)
    assert errors.item() == pytest.approx(logits.grad.square().sum(1).mean().item(), rel=0.05)


def test_the_mean_over_batch_counts_each_pair_by_how_often_it_occurs():
    products, labels = torch.tensor([[1.0, 2.0, 8.0], [2.0, 5.0, 6.0], [8.0, 6.0, 3.0]]), torch.tensor([4, 4, 7])
    assert over_batch(products, labels, Batch(1, 0.5)) == 3.0
    assert over_batch(products, labels, Batch(3, 1 / 3)) == pytest.approx(products.mean().item())
    assert over_batch(products, labels, Batch(4, 0.1)) == pytest.approx((3 + 3 * (0.1 * 2 + 0.9 * 7)) / 4)
