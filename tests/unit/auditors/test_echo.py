"""Echo: mirrored twins, prototypes from outside, what it keeps beside small loss, few items."""

import numpy as np
import pytest

from reliabel.auditors import echo
from reliabel.core.labels import Classes
from reliabel.corrupters import instance_dependent
from reliabel.ops import logistic
from reliabel.ops.folds import fold_of, out_of_fold


def world(seed=0, n=3000, k=4, d=16, gap=3.0, rate=0.3):
    """Normal classes with labels that are wrong where classes meet: features, means, labels."""
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=(k, d))
    mean *= gap / np.linalg.norm(mean, axis=1)[:, None]
    true = rng.integers(0, k, n)
    x = mean[true] + rng.normal(size=(n, d))
    labels = instance_dependent.corrupt(Classes(true), features=x, rng=rng, rate=rate).labels
    return x, mean, labels, labels.y != true


def rank_area(score, wrong):
    order = np.empty(len(score))
    order[np.argsort(score, kind="stable")] = np.arange(len(score))
    return (order[wrong].mean() - (wrong.sum() - 1) / 2) / (~wrong).sum()


def kept(score, wrong, purity=0.99):
    """The largest share of items, least suspect first, of which so many are right."""
    right = np.cumsum(~wrong[np.argsort(score)]) / np.arange(1, len(wrong) + 1)
    return (np.flatnonzero(right >= purity).max(initial=-1) + 1) / len(wrong)


def test_the_twin_is_the_mirror_image_by_hand():
    x = np.array([[1.0, 0.2], [-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    centres = np.array([[1.0, 0.0], [-1.0, 0.0]])
    said = echo.audit(Classes(np.array([1, 1, 0, 0])), features=x, class_features=centres)
    x = x - x.mean(0)
    centres = centres - np.array([[0.25, 0.3]])
    middle = centres.mean(0)
    across = np.array([1.0, 0.0])
    twin = x - 2 * ((x - middle) @ across)[:, None] * across
    cosine = (x * twin).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(twin, axis=1)
    assert np.abs(said.score) == pytest.approx((1 - cosine) / 2)
    assert np.sign(said.score).tolist() == [1, -1, -1, 0]
    assert said.suggest.y.tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("seed", range(3))
def test_more_labels_are_kept_than_by_small_loss(seed):
    """The paper's claim is about twice as many, with a trained generator."""
    x, mean, labels, wrong = world(seed)
    by, fold = logistic.scale(x), fold_of(labels.y, rng=np.random.default_rng(seed))
    p = out_of_fold(lambda x, y: logistic.fit(x, y, by=by), x, labels.y, 4, fold)
    loss = -np.log(p[np.arange(len(wrong)), labels.y])
    for given in (None, mean):
        score = echo.audit(labels, features=x, class_features=given).score
        assert rank_area(score, wrong) > 0.97
        assert kept(score, wrong) > kept(loss, wrong) + 0.03


@pytest.mark.parametrize("seed", range(3))
def test_it_is_not_below_the_margin_between_class_means(seed):
    x, _, labels, wrong = world(seed, gap=2.0)
    y, at = labels.y, np.arange(len(wrong))
    mean = np.stack([x[y == c].mean(0) for c in range(4)])
    far = ((x[:, None] - mean) ** 2).sum(2)
    own = np.array(far[at, y])
    far[at, y] = np.inf
    score = echo.audit(labels, features=x).score
    assert rank_area(score, wrong) >= rank_area(own - far.min(1), wrong) - 0.01


def test_an_item_does_not_speak_for_itself():
    """Alone in a far corner, it would be right by being most of its class's mean."""
    rng = np.random.default_rng(0)
    x = np.r_[rng.normal(0, 0.1, (50, 2)), rng.normal(0, 0.1, (3, 2)) + 3, [[0.0, 0.0]]]
    y = np.repeat([0, 1], [50, 4])
    assert echo.audit(Classes(y), features=x).suggest.y[-1] == 0
    assert echo.audit(Classes(y), features=x).score[-1] > 0


def test_one_class_and_one_item_of_a_class_have_no_echo():
    x = np.random.default_rng(0).normal(size=(6, 3))
    one = echo.audit(Classes(np.zeros(6, int)), features=x)
    assert one.score.tolist() == [0] * 6
    assert not one.flag.any()
    lone = echo.audit(Classes(np.array([0, 0, 0, 0, 0, 1])), features=x)
    assert lone.score[-1] <= 0, "nothing but the item itself says what its class is"


def test_constant_features_and_no_labels_say_nothing():
    same = echo.audit(Classes(np.repeat([0, 1], 10)), features=np.ones((20, 3)))
    assert same.score.tolist() == [0] * 20
    none = echo.audit(Classes(np.full(4, -1), ("a", "b")), features=np.eye(4))
    assert np.isnan(none.score).all()
    assert not none.flag.any()


def test_centres_of_another_width_are_refused():
    with pytest.raises(ValueError, match="one vector a class as wide as the features"):
        echo.audit(Classes(np.array([0, 1])), features=np.eye(2), class_features=np.ones((2, 5)))
