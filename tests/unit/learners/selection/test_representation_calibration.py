"""representation_calibration: what is drawn, and recall of the mean class under a long tail."""

import numpy as np
import pytest
from sklearn.neighbors import LocalOutlierFactor
from tests.unit.learners.planted import clouds, flipped
from tests.unit.learners.selection.evidence import plain_probe

from reliabel.core.labels import Classes
from reliabel.learners.selection.representation_calibration import (
    alike,
    dense,
    drawn,
    learn,
    outlier_factor,
)


def recall(p, truth):
    """Of the mean class."""
    return np.mean([(p.argmax(1) == truth)[truth == c].mean() for c in np.unique(truth)])


def test_the_outlier_factor_is_that_of_scikit_learn():
    x = np.random.default_rng(0).normal(size=(200, 5))
    unit = x - x.mean(0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    peer = LocalOutlierFactor(n_neighbors=20).fit(unit)
    assert np.allclose(outlier_factor(x, 20), -peer.negative_outlier_factor_, atol=1e-4)


def test_the_share_of_a_class_that_lies_apart_is_left_out():
    rng = np.random.default_rng(0)
    x = np.concatenate([[5, 0, 0] + rng.normal(size=(90, 3)) * 0.1, rng.normal(size=(10, 3))])
    kept = dense(x, np.zeros(100, dtype=int), 0.9)
    assert kept.sum() == 90
    assert kept[90:].sum() <= 2
    assert dense(x[:30], np.zeros(30, dtype=int), 0.5).all(), "too few to tell"


def test_drawn_items_have_the_mean_and_the_shrunken_spread_of_their_class():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 1, (9000, 2)), [7, 7] + rng.normal(0, 3, (1000, 2))])
    y = np.repeat([0, 1], [9000, 1000])
    more, their = drawn(x, y, np.ones(10000, dtype=bool), 0.5, rng)
    assert (their == 1).all()
    assert len(their) == 4000, "up to the median size"
    assert np.allclose(more.mean(0), 7, atol=0.3)
    within = 0.9 * 1 + 0.1 * 9
    assert np.allclose(more.var(0), 0.5 * 9 + 0.5 * within, rtol=0.1)


def test_all_classes_count_alike():
    assert alike(np.array([0, 0, 0, 2, -1]), 3).tolist() == [
        [pytest.approx(2 / 3), 0, 0],
        [pytest.approx(2 / 3), 0, 0],
        [pytest.approx(2 / 3), 0, 0],
        [0, 0, 2],
        [0, 0, 0],
    ]


def test_rare_classes_are_recalled_more_often_than_by_the_plain_probe():
    """A probe in which all classes count alike does as well: hence experimental."""
    plain = []
    for seed in range(4):
        x, truth, fresh, true = clouds(4000, seed=seed, apart=0.4, k=6)
        rng = np.random.default_rng(seed)
        sizes = (300, 200, 120, 60, 30, 15)
        row = np.concatenate(
            [rng.permutation(np.flatnonzero(truth == c))[:m] for c, m in enumerate(sizes)]
        )
        labels = Classes(flipped(truth[row], 0.2, seed=seed, k=6))
        mine = recall(learn(labels, features=x[row], rng=rng).predict(fresh).p, true)
        plain.append(mine - recall(plain_probe(x[row], labels, seed=seed)(fresh).p, true))
    assert np.mean(plain) > 0.05, plain


@pytest.mark.parametrize("option", [{"usual": 0}, {"shared": 1.5}])
def test_options_that_make_no_sense_are_refused(option):
    with pytest.raises(ValueError, match=r"must be a share above 0, at most 1, got"):
        learn(Classes([0, 1]), features=np.eye(2), rng=None, **option)
