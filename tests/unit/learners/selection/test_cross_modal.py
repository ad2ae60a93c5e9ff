"""cross_modal: who counts how far, what the second view gains, and what is refused."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.cross_modal import entangled, learn, soft_selection
from reliabel.ops.heads import Heads


def two_views(seed, n=1500, d=32, k=6):
    """Features of a weak and a better view of items to learn from and of fresh ones."""
    rng = np.random.default_rng(seed)
    truth, fresh = rng.integers(0, k, n), rng.integers(0, k, 2000)
    centres = [rng.normal(size=(k, d)) * apart for apart in (0.35, 0.5)]
    mine, theirs = (
        [(c[y] + rng.normal(size=(len(y), d))).astype(np.float32) for c in centres]
        for y in (truth, fresh)
    )
    return mine, truth, theirs, fresh


def test_a_sure_other_view_leaves_confidence_as_it_is():
    mine = torch.tensor([0.2, 0.8])
    assert torch.equal(entangled(mine, torch.ones(2)), mine)
    assert torch.equal(entangled(mine, torch.zeros(2)), mine / 2)


def test_each_class_keeps_its_own_share():
    confidence = torch.tensor([0.9, 0.8, 0.1, 0.2, 0.05, 0.5])
    y = torch.tensor([0, 0, 0, 1, 1, -1])
    weight = soft_selection(confidence, y, 0.5)
    expected = [1.0, 1.0, 0.125, 1.0, 0.25, 1.0]
    assert weight.tolist() == pytest.approx(expected)
    assert soft_selection(confidence, y, 1.0).tolist() == [1.0] * 6


def test_beats_cross_entropy_on_the_view_that_it_predicts_by():
    gains, right = [], []
    for seed in range(3):
        (one, two), truth, (fresh, _), true = two_views(seed)
        labels = Classes(flipped(truth, 0.4, seed=seed, k=6))
        words = {"features": one, "training": Training(keep="last", hold_out=0.0, decay=0.001)}
        mine = learn(labels, paired=two, rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
        kept = mine.labels.y >= 0
        right.append((mine.labels.y == truth)[kept].mean() - (labels.y == truth).mean())
    assert np.mean(gains) > 0.01, gains
    assert np.mean(right) > 0.1, right


def test_the_model_is_a_head_on_the_first_view_alone():
    (one, two), truth, (fresh, _), _ = two_views(0, n=200)
    words = {"paired": two, "rng": np.random.default_rng(0), "training": Training(epochs=2)}
    model = learn(Classes(truth), features=one, **words)
    assert isinstance(model.predict, Heads)
    assert len(model.predict(fresh)) == 2000


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"full": 0}, "full must be a share above 0, at most 1, got 0"),
        ({"training": Training(module=dict)}, "takes no module="),
        ({"paired": np.zeros(2)}, r"one vector an item in each view, got paired of shape \(2,\)"),
    ],
)
def test_what_makes_no_sense_is_refused(changed, message):
    words = {"features": np.eye(2), "paired": np.eye(2), "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match=message):
        learn(Classes([0, 1]), **{**words, **changed})
