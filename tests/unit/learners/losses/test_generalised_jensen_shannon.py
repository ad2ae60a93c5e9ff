"""generalised_jensen_shannon: equal views, the consistency it rewards, the gain by real views."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped, gain

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners.losses import jensen_shannon
from reliabel.learners.losses.generalised_jensen_shannon import learn, loss

Z, Y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]]), torch.tensor([0, 2])


def test_equal_views_are_the_plain_loss():
    assert torch.allclose(loss(Z, Z, Y, weight=0.3), jensen_shannon.loss(Z, Y, weight=0.3))


def test_the_formula_by_hand():
    other, weight = Z.flip(0), 0.4
    p, q, label = (each.numpy() for each in (Z.softmax(1), other.softmax(1), torch.eye(3)[Y]))
    mean = weight * label + 0.3 * p + 0.3 * q
    total = weight * -np.log(mean[[0, 1], Y.numpy()])
    total = total + 0.3 * (p * np.log(p / mean)).sum(1) + 0.3 * (q * np.log(q / mean)).sum(1)
    by_hand = total / (-(1 - weight) * np.log(1 - weight))
    assert loss(Z, other, Y, weight=weight).numpy() == pytest.approx(by_hand, rel=1e-5)


def test_views_that_disagree_cost_more_than_their_mean():
    p = torch.tensor([[0.7, 0.2, 0.1]])
    one, two = torch.tensor([[0.9, 0.05, 0.05]]).log(), torch.tensor([[0.5, 0.35, 0.15]]).log()
    apart, same = loss(one, two, Y[:1]), loss(p.log(), p.log(), Y[:1])
    assert float(apart) > float(same) + 0.01


def test_beats_cross_entropy_at_the_last_epoch():
    assert np.mean([gain(learn, seed, weight=0.9) for seed in range(3)]) > 0.1


def test_views_that_keep_the_class_make_it_better_than_one_view():
    """Half of the features say nothing of the class, and the augmentation draws them anew."""
    gains = []
    for seed in range(3):
        x, truth, fresh, true = clouds(400, seed=seed)
        noise = np.random.default_rng(seed).normal(size=(len(x) + len(fresh), 64))
        x = np.hstack([x, noise[: len(x)]]).astype(np.float32)
        fresh = np.hstack([fresh, noise[len(x) :]]).astype(np.float32)
        words = {"features": x, "training": Training(keep="last", hold_out=0, views=_anew)}
        labels = Classes(flipped(truth, 0.4, seed=seed))
        plain = Training(keep="last", hold_out=0)
        two = learn(labels, rng=np.random.default_rng(seed), **words)
        one = jensen_shannon.learn(
            labels, rng=np.random.default_rng(seed), features=x, training=plain
        )
        gains.append(accuracy(two, fresh, true) - accuracy(one, fresh, true))
    assert np.mean(gains) > 0.02


def _anew(x, rng):
    return torch.cat([x[:, :64], torch.randn_like(x[:, 64:])], 1)
