"""meta_loss_rescaling: the signals, the gradient of a weight, and whom it weighs down."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.meta_loss_rescaling import LEAST, Weigher, learn, signals
from reliabel.ops.torch import losses
from reliabel.ops.torch.steps import ahead


def test_signals_are_standardised_and_the_first_is_the_loss():
    torch.manual_seed(0)
    logits, y = torch.randn(50, 4), torch.randint(4, (50,))
    found = signals(logits, y, logits + 0.1 * torch.randn(2, 50, 4), torch.rand(50, 2))
    assert found.shape == (50, 8)
    assert torch.allclose(found.mean(0), torch.zeros(8), atol=1e-5)
    assert torch.allclose(found.std(0, correction=0), torch.ones(8), atol=1e-3)
    loss = losses.cross_entropy(logits, y)
    assert torch.allclose(found[:, 0], (loss - loss.mean()) / loss.std(correction=0), atol=1e-3)


def test_a_batch_of_one_has_signals_and_counts_once():
    one = signals(torch.randn(1, 3), torch.tensor([1]), torch.randn(2, 1, 3), torch.zeros(1, 2))
    assert torch.isfinite(one).all()
    assert Weigher()(one).tolist() == pytest.approx([1.0])


def test_items_count_one_on_average_and_never_nothing():
    torch.manual_seed(0)
    weight = Weigher()(100 * torch.randn(40, 8))
    assert weight.mean().item() == pytest.approx(1, abs=1e-5)
    assert weight.min() >= LEAST


def test_the_gradient_of_a_weight_is_minus_how_far_its_step_agrees_with_the_judges():
    """d meta / d w_i = -lr / b * (x_i . x_v)((p_i - e_i) . (p_v - e_v)), summed over the judges."""
    torch.manual_seed(0)
    net = torch.nn.Linear(5, 3, bias=False).double()
    x, judge = torch.randn(6, 5).double(), torch.randn(4, 5).double()
    y, seen = torch.tensor([0, 1, 2, 0, 1, 2]), torch.tensor([2, 1, 0, 0])
    weight = torch.rand(6).double().requires_grad_()
    after = ahead(net, lambda now: (weight * losses.cross_entropy(now(x), y)).mean(), 0.2)
    losses.cross_entropy(after(judge), seen).mean().backward()
    off = net(x).softmax(1).detach() - torch.eye(3)[y]
    far = after(judge).softmax(1).detach() - torch.eye(3)[seen]
    closed = -0.2 / 6 * ((x @ judge.T) * (off @ far.T)).mean(1)
    assert torch.allclose(weight.grad, closed, atol=1e-10)


@pytest.mark.parametrize("pair", [False, True])
def test_beats_cross_entropy_and_wrong_labels_count_less(pair):
    gains, right = [], []
    for seed in range(2):
        x, truth, fresh, true = clouds(seed=seed)
        labels = Classes(flipped(truth, 0.3, seed=seed, pair=pair))
        words = {"features": x, "training": Training(keep="last", hold_out=0.0, decay=0.001)}
        mine = learn(labels, rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
        kept = mine.labels.y >= 0
        right.append((labels.y == truth)[kept].mean() - (labels.y == truth).mean())
        weight, wrong = mine.info["weights"], labels.y != truth
        assert weight[wrong].mean() < 0.6 < weight[~wrong].mean()
    assert np.mean(gains) > 0.05, gains
    assert np.mean(right) > 0.1, right
