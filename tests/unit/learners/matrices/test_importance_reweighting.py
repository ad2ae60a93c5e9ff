"""importance_reweighting: the weights, and the gain under structured flips."""

import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.matrices.structured import CONFUSED, PAIR, gains

from reliabel.core.training import Training
from reliabel.learners.matrices.importance_reweighting import learn, loss
from reliabel.ops.torch.through_matrix import importance

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]])
Y = torch.tensor([0, 2])
MATRIX = torch.tensor([[0.7, 0.3, 0.0], [0.0, 1.0, 0.0], [0.2, 0.0, 0.8]])


def test_the_identity_weighs_all_items_alike():
    p = LOGITS.softmax(1)
    assert torch.allclose(importance(p, Y, torch.eye(3)), torch.ones(2))
    plain = torch.nn.functional.cross_entropy(LOGITS, Y, reduction="none")
    assert torch.allclose(loss(LOGITS, Y, torch.eye(3)), plain)


def test_weights_are_the_ratio_of_true_to_given_and_bounded():
    p = LOGITS.softmax(1)
    expected = p[[0, 1], Y] / (p @ MATRIX)[[0, 1], Y]
    assert torch.allclose(importance(p, Y, MATRIX), expected)
    hidden = torch.tensor([[0.0, 1.0], [0.05, 0.95]])
    weight = importance(torch.tensor([[0.5, 0.5], [1.0, 0.0]]), torch.tensor([0, 0]), hidden)
    assert weight.tolist() == [10, 10], "a label that the matrix hardly ever gives"


def test_weights_take_no_gradient():
    logits = LOGITS.clone().requires_grad_()
    loss(logits, Y, MATRIX).sum().backward()
    weight = importance(LOGITS.softmax(1), Y, MATRIX)
    plain = LOGITS.softmax(1) - torch.eye(3)[Y]
    assert torch.allclose(logits.grad, weight[:, None] * plain, atol=1e-6)


def test_gains_on_pair_flips_and_on_confusion_with_an_estimated_matrix():
    assert gains(learn, PAIR, probs=True).min() > 0.05
    assert gains(learn, CONFUSED, probs=True).mean() > 0.05


def test_gains_where_held_out_rows_pick_the_epoch_too():
    assert gains(learn, PAIR, Training(decay=0.001), probs=True).mean() > 0.05
