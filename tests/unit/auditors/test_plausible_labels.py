"""Plausible labels: ambiguity against confidence, the matrix, options and small data."""

import numpy as np
import pytest

from reliabel.auditors import plausible_labels
from reliabel.core.labels import Classes
from reliabel.ops import logistic
from reliabel.ops.folds import fold_of, out_of_fold

MATRIX = np.array([[0.95, 0.05, 0.0], [0.0, 0.7, 0.3], [0.1, 0.0, 0.9]])


def world(seed=0, n=1500, d=6):
    """Three classes whose labels go wrong by MATRIX: labels, features, probabilities, truth."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, n)
    x = 2.5 * np.eye(d)[true] + rng.normal(size=(n, d))
    y = (rng.random(n)[:, None] > MATRIX[true].cumsum(1)).sum(1).clip(0, 2)
    by = logistic.scale(x)
    p = out_of_fold(lambda x, y: logistic.fit(x, y, by=by), x, y, 3, fold_of(y, rng=rng))
    return Classes(y), x, p, true


def rank_area(score, wrong):
    return (score[wrong][:, None] > score[~wrong]).mean()


def audit(labels, x, p, seed=0, **options):
    rng = np.random.default_rng(seed)
    return plausible_labels.audit(labels, features=x, probs=p, rng=rng, draws=30, **options)


@pytest.mark.parametrize("seed", range(3))
def test_ambiguity_finds_unseen_mistakes_that_confidence_does_not(seed):
    """The paper's claim: plausible labellings know what to abstain from, confidence does not."""
    labels, x, p, true = world(seed)
    said = audit(labels, x, p, noise_matrix=MATRIX)
    decided = p.argmax(1)
    unseen = (decided == labels.y) != (decided == true)
    assert unseen.mean() > 0.05
    ours, unsure = rank_area(said.score, unseen), rank_area(1 - p.max(1), unseen)
    assert ours > unsure + 0.05


def test_wrong_labels_stand_at_the_top_with_an_estimated_matrix_too():
    labels, x, p, true = world()
    for options in ({"noise_matrix": MATRIX}, {}):
        said = audit(labels, x, p, **options)
        assert rank_area(said.score, labels.y != true) > 0.85, options


def test_a_matrix_without_errors_leaves_nothing_plausible_but_the_labels():
    labels, x, p, _ = world(n=300)
    said = audit(labels, x, p, noise_matrix=np.eye(3))
    assert set(np.unique(said.score)) <= {0.0, 1.0}, "every labelling is the given one"


def test_one_class_few_items_and_missing_labels():
    one = audit(Classes(np.zeros(4, int)), np.eye(4), np.ones((4, 1)))
    assert one.score.tolist() == [0] * 4
    few = audit(Classes(np.array([0, 1, -1])), np.eye(3), np.full((3, 2), 0.5))
    assert np.isnan(few.score).tolist() == [False, False, True]
    with pytest.raises(ValueError, match="draws must be at least 1"):
        plausible_labels.audit(
            Classes(np.array([0, 1])),
            features=np.eye(2),
            probs=np.full((2, 2), 0.5),
            rng=np.random.default_rng(0),
            draws=0,
        )
