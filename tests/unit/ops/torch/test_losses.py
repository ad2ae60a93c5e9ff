"""What losses share."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from reliabel.ops.torch.losses import cross_entropy, divergence, mixed, one_hot, sharpened

LOGITS = torch.tensor([[1.0, 2.0, -1.0], [0.0, 0.0, 0.0]])


def test_a_class_is_a_certain_distribution():
    y = torch.tensor([1, 2])
    assert one_hot(y, LOGITS).tolist() == [[0, 1, 0], [0, 0, 1]]
    assert one_hot(one_hot(y, LOGITS), LOGITS).tolist() == [[0, 1, 0], [0, 0, 1]]
    assert one_hot(y, LOGITS.double()).dtype == torch.double
    by_class = cross_entropy(LOGITS, y)
    assert torch.allclose(by_class, cross_entropy(LOGITS, one_hot(y, LOGITS)))
    assert torch.allclose(by_class, -LOGITS.log_softmax(1)[[0, 1], [1, 2]])
    assert by_class.shape == (2,)


def test_divergence_is_zero_of_equals_and_finite_of_the_impossible():
    p = torch.tensor([[0.5, 0.5], [1.0, 0.0]])
    assert torch.allclose(divergence(p, p), torch.zeros(2), atol=1e-6)
    assert torch.allclose(divergence(p[1:], p[:1]), torch.tensor([np.log(2.0)]).float())
    assert torch.isfinite(divergence(p[:1], p[1:])).all()


def test_sharpening_keeps_the_order_and_the_sum():
    p = torch.tensor([[0.6, 0.3, 0.1]])
    assert torch.allclose(sharpened(p, 1.0), p)
    sharp = sharpened(p, 0.5)
    assert torch.allclose(sharp.sum(1), torch.ones(1))
    assert torch.allclose(sharp, p**2 / (p**2).sum())


def test_mixup_blends_rows_and_targets_alike():
    torch.manual_seed(0)
    x, target = torch.randn(6, 4), torch.eye(3)[torch.arange(6) % 3]
    rows, targets, weight, partner = mixed(x, target, 1.0)
    assert 0.5 <= weight <= 1
    assert torch.allclose(rows, weight * x + (1 - weight) * x[partner])
    assert torch.allclose(targets.sum(1), torch.ones(6))
    assert sorted(partner.tolist()) == list(range(6))
    rows, targets, weight, _ = mixed(x, target, 0.0)
    assert weight == 1.0
    assert torch.equal(rows, x)
