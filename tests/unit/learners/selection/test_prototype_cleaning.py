"""prototype_cleaning: the rule, the prototypes, its gains under symmetric and open noise."""

import numpy as np
import pytest
from tests.unit.learners.planted import accuracy, clouds, flipped
from tests.unit.learners.selection.evidence import evidence, plain_probe

from reliabel.core.labels import Classes
from reliabel.learners.selection.prototype_cleaning import learn, likeness, prototypes

BOTH = ("probs", "neighbours")


def test_a_prototype_is_the_direction_of_its_items_by_their_quality():
    unit = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    quality = np.array([[0.8, 0.0], [0.6, 0.0], [0.0, 0.0]])
    found = prototypes(unit, np.array([0, 0, -1]), quality)
    assert found.tolist() == [pytest.approx([0.8, 0.6]), [0.0, 0.0]]


def test_a_class_without_items_is_like_nothing():
    said = likeness(np.eye(2), np.array([[1.0, 0.0], [0.0, 0.0]]))
    assert said.tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert likeness(np.eye(2), np.zeros((2, 2))).tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_beats_the_probe_under_symmetric_noise():
    gains, right = [], []
    for seed in range(4):
        x, truth, fresh, true = clouds(400, seed=seed, k=10)
        labels = Classes(flipped(truth, 0.4, seed=seed, k=10))
        mine = learn(labels, **evidence(x, labels, *BOTH, seed=seed))
        plain = (plain_probe(x, labels, seed=seed)(fresh).p.argmax(1) == true).mean()
        gains.append(accuracy(mine, fresh, true) - plain)
        kept = mine.labels.y >= 0
        right.append((mine.labels.y == truth)[kept].mean() - (labels.y == truth).mean())
    assert np.mean(gains) > 0.01, gains
    assert np.mean(right) > 0.15, right


def test_items_of_no_class_are_dropped_more_often_than_others():
    shares = []
    for seed in range(3):
        x, truth, *_ = clouds(500, seed=seed, apart=0.7, k=6)
        rng = np.random.default_rng(seed)
        odd = truth >= 4  # under labels of the four other classes
        y = np.where(odd, rng.integers(0, 4, len(truth)), flipped(truth, 0.2, seed=seed, k=4))
        labels = Classes(np.where(y > 3, 0, y))
        dropped = learn(labels, **evidence(x, labels, *BOTH, seed=seed)).labels.y < 0
        shares.append([dropped[odd].mean(), dropped[~odd].mean()])
    odd_share, own_share = np.mean(shares, 0)
    assert odd_share > own_share + 0.1, shares


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"sure": 2}, "sure must be a share from 0 to 1, got 2"),
        ({"share": -1}, "share must be a share from 0 to 1, got -1"),
        ({"passes": 0}, "passes must be at least 1, got 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(option, message):
    words = {"features": np.eye(2), "probs": np.eye(2), "neighbours": None, "rng": None}
    with pytest.raises(ValueError, match=message):
        learn(Classes([0, 1]), **words, **option)
