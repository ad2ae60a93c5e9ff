"""Ordered classes: far errors rank above near ones, and names may stand in another order."""

import numpy as np
import pytest

from reliabel.auditors import ordinal_distance, self_confidence
from reliabel.core.labels import Classes

NAMES = ("1", "2", "3", "4", "5")


def world(seed=0, n=800):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 5, n)
    far = np.abs(np.arange(5) - true[:, None] - rng.normal(0, 0.6, n)[:, None])
    p = np.exp(-(far**2))
    p /= p.sum(1, keepdims=True)
    y = np.array(true)
    near, severe = np.arange(n) % 20 == 0, np.arange(n) % 20 == 10
    y[near] = np.where(true[near] > 0, true[near] - 1, 1)
    y[severe] = np.where(true[severe] > 2, true[severe] - 3, true[severe] + 2)
    return p, y, near, severe


def area(score, wrong):
    return (score[wrong][:, None] > score[~wrong]).mean()


def test_far_errors_rank_above_near_ones_and_are_named():
    p, y, near, severe = world()
    found = ordinal_distance.audit(Classes(y, NAMES), probs=p, class_order=np.arange(5))
    assert area(found.score, severe) > 0.98
    assert area(found.score[near | severe], severe[near | severe]) > 0.9
    assert (np.array(found.kind)[severe & found.flag] == "several steps off").mean() > 0.75
    assert (np.array(found.kind)[near & found.flag] == "one step off").mean() > 0.75
    plain = self_confidence.audit(Classes(y, NAMES), probs=p).score
    assert area(found.score, severe) > area(plain, severe)


def test_the_classes_may_stand_in_another_order_than_theirs():
    p, y, _, _ = world()
    mixed = np.array([2, 0, 4, 1, 3])
    back = np.argsort(mixed)
    named = Classes(back[y], tuple(NAMES[i] for i in mixed))
    found = ordinal_distance.audit(named, probs=p[:, mixed], class_order=mixed)
    plain = ordinal_distance.audit(Classes(y, NAMES), probs=p, class_order=np.arange(5))
    assert found.score == pytest.approx(plain.score)
    assert (mixed[found.suggest.y] == plain.suggest.y).all()


def test_a_step_that_no_class_has_is_a_step():
    p = np.array([[0.9, 0.1], [0.9, 0.1]])
    labels = Classes(np.array([1, 0]), ("low", "high"))
    near = ordinal_distance.audit(labels, probs=p, class_order=np.array([0, 1]))
    far = ordinal_distance.audit(labels, probs=p, class_order=np.array([0, 2]))
    assert far.score == pytest.approx(2 * near.score)
    assert (near.kind, far.kind) == (["one step off", ""], ["several steps off", ""])


def test_the_rank_score_is_nought_for_certainty_and_missing_labels_have_none():
    p = np.eye(3)
    labels = Classes(np.array([0, 1, -1]), ("a", "b", "c"))
    found = ordinal_distance.audit(labels, probs=p, class_order=np.arange(3))
    assert found.info["rank_score"][:2].tolist() == [0, 0]
    assert found.score[:2].tolist() == [0, 0]
    assert np.isnan(found.score[2])
    assert not found.flag.any()


def test_the_likeliest_class_is_never_flagged_where_a_place_is_left_out():
    p = np.array([[0.3, 0.3, 0.4]])  # the median is the middle class, the likeliest the last
    labels = Classes(np.array([2]), ("low", "middle", "high"))
    assert not ordinal_distance.audit(labels, probs=p, class_order=np.array([0, 1, 3])).flag[0]
