"""simifeat_relabel: the vote, and its gain under symmetric noise."""

import numpy as np
import pytest
from tests.unit.learners.planted import accuracy, clouds, flipped
from tests.unit.learners.selection.evidence import evidence, plain_probe

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.learners.selection.simifeat_relabel import learn


def ring(n):
    """Each item has the next four as neighbours."""
    return Neighbours((np.arange(n)[:, None] + np.arange(1, 5)) % n, np.zeros((n, 4)))


def test_a_clear_vote_relabels_and_an_unclear_one_drops():
    y = np.array([2, 0, 0, 0, 1, 1, 1, 2, 0, 1, 2, 2])
    words = {"features": np.eye(12), "neighbours": ring(12), "rng": np.random.default_rng(0)}
    model = learn(Classes(y), sure=0.6, **words)
    assert model.labels.y[0] == 0  # three of four
    assert model.labels.y[3] == 1  # three of four
    assert model.labels.y[6] == -1  # one vote for 1, one for 0, two for 2
    assert model.info["dropped"] == ((model.labels.y < 0).sum())
    loose = learn(Classes(y), sure=0.0, **words)
    assert loose.info["dropped"] == 0
    assert loose.labels.y[6] == 2


def test_labels_come_nearer_to_the_truth_and_it_beats_the_probe():
    gains, right = [], []
    for seed in range(4):
        x, truth, fresh, true = clouds(800, seed=seed, apart=0.6, k=6)
        labels = Classes(flipped(truth, 0.5, seed=seed, k=6))
        mine = learn(labels, **evidence(x, labels, "neighbours", seed=seed))
        plain = (plain_probe(x, labels, seed=seed)(fresh).p.argmax(1) == true).mean()
        gains.append(accuracy(mine, fresh, true) - plain)
        kept = mine.labels.y >= 0
        right.append((mine.labels.y == truth)[kept].mean() - (labels.y == truth).mean())
    assert np.mean(gains) > 0.005, gains
    assert np.mean(right) > 0.15, right


def test_items_without_a_label_stay_so():
    labels = Classes([-1, 0, 0, 0, 1, 1, 1, -1])
    words = {"features": np.eye(8), "neighbours": ring(8), "rng": np.random.default_rng(0)}
    assert (learn(labels, **words).labels.y[[0, 7]] == -1).all()


def test_a_share_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="sure must be a share from 0 to 1, got 2"):
        learn(Classes([0, 1]), features=np.eye(2), neighbours=ring(5), rng=None, sure=2)
