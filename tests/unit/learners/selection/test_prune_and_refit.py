"""prune_and_refit: what is pruned, what is never pruned, and its gain under symmetric noise."""

import numpy as np
import pytest
from tests.unit.learners.planted import accuracy, clouds, flipped
from tests.unit.learners.selection.evidence import evidence, plain_probe

from reliabel.core.labels import Classes
from reliabel.learners.selection.prune_and_refit import learn, pruned

FEW = 400


def test_the_least_likely_labels_of_each_cell_are_pruned():
    p = np.full((40, 2), 0.1)
    p[:20, 0] = p[20:, 1] = 0.9
    y = np.repeat([0, 1], 20)
    p[:3] = [[0.2, 0.8], [0.05, 0.95], [0.45, 0.55]]
    p /= p.sum(1, keepdims=True)
    # two of the three are confidently class 1: above the mean of its own probabilities
    assert np.flatnonzero(pruned(y, p)).tolist() == [1]
    p[0] = p[1]
    assert np.flatnonzero(pruned(y, p)).tolist() == [0, 1]


@pytest.mark.parametrize(("most", "least"), [(0.5, 10), (0.9, 5), (0.0, 20)])
def test_a_class_is_never_pruned_to_nothing(most, least):
    y = np.repeat([0, 1], [20, 200])
    p = np.tile([0.1, 0.9], (220, 1))
    p[:3], p[20:] = [0.95, 0.05], [0.06, 0.94]
    p[3:20] = [0.03, 0.97]
    assert pruned(y, p, most).sum() <= 20 - least
    assert not pruned(y, p, most)[20:].any()


def test_keeps_more_right_labels_and_beats_the_probe_under_symmetric_noise():
    gains, right = [], []
    for seed in range(4):
        x, truth, fresh, true = clouds(FEW, seed=seed, k=10)
        labels = Classes(flipped(truth, 0.4, seed=seed, k=10))
        mine = learn(labels, **evidence(x, labels, "probs", seed=seed))
        plain = (plain_probe(x, labels, seed=seed)(fresh).p.argmax(1) == true).mean()
        gains.append(accuracy(mine, fresh, true) - plain)
        kept = mine.labels.y >= 0
        right.append((mine.labels.y == truth)[kept].mean() - (labels.y == truth).mean())
        assert (mine.labels.y[kept] == labels.y[kept]).all()
    assert np.mean(gains) > 0.005, gains
    assert np.mean(right) > 0.1, right


def test_a_model_that_is_too_weak_prunes_nothing_and_says_so():
    rng = np.random.default_rng(0)
    labels, p = Classes(rng.integers(0, 10, 300)), rng.dirichlet(np.ones(10), 300)
    words = {"features": rng.normal(size=(300, 5)), "rng": np.random.default_rng(0)}
    model = learn(labels, probs=p, **words)
    assert "too weak to say which" in model.info["warnings"][0]
    assert (model.labels.y == labels.y).all()


def test_classes_count_as_much_as_before():
    from reliabel.learners.selection.prune_and_refit import _weighted

    before, after = np.array([0, 0, 0, 1, -1]), np.array([0, -1, -1, 1, -1])
    assert _weighted(before, after, 2).tolist() == [[3, 0], [0, 0], [0, 0], [0, 1], [0, 0]]


def test_a_share_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="most must be a share from 0 to below 1, got 1"):
        learn(Classes([0, 1]), features=np.eye(2), probs=np.eye(2), rng=None, most=1)
