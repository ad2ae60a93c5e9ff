"""Linear separation: wrong labels and foreign items told apart, the guards, turns."""

import numpy as np
import pytest

from reliabel.auditors import linear_separation
from reliabel.core.labels import Classes
from reliabel.ops import logistic
from reliabel.ops.folds import fold_of, out_of_fold


def world(foreign=0.15, flips=0.1, n=1500, d=12, seed=0):
    """Three classes, flipped labels, and items of no class that lie off the plane of the classes:
    labels, probabilities, features, which are flipped, which are foreign.
    """
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, n)
    x = 3.0 * np.eye(d)[true] + rng.normal(size=(n, d))
    odd = rng.random(n) < foreign
    x[odd] = rng.normal(size=(int(odd.sum()), d)) + 3.0 * np.eye(d)[5]
    true[odd] = rng.integers(0, 3, int(odd.sum()))
    wrong = ~odd & (rng.random(n) < flips)
    y = np.where(wrong, (true + rng.integers(1, 3, n)) % 3, true)
    fold, by = fold_of(y, rng=rng), logistic.scale(x)
    p = out_of_fold(lambda x, y: logistic.fit(x, y, by=by), x, y, 3, fold)
    return Classes(y), p, x, wrong, odd


def audit(labels, p, x, seed=0, **options):
    rng = np.random.default_rng(seed)
    return linear_separation.audit(labels, probs=p, features=x, rng=rng, **options)


@pytest.mark.parametrize("seed", range(3))
def test_wrong_labels_and_foreign_items_are_told_apart(seed):
    """By loss alone, and by how unsure the model is, the two are hard to tell apart."""
    labels, p, x, wrong, odd = world(seed=seed)
    said = audit(labels, p, x)
    assert said.info["separable"]
    kind, bad = np.array(said.kind), wrong | odd
    assert said.flag[bad].mean() > 0.8
    told = np.flatnonzero(said.flag & bad)
    right = (kind[told] == "open set") == odd[told]
    middle = np.median(p.max(1)[told])  # the natural rule: foreign items leave the model unsure
    unsure = (p.max(1)[told] < middle) == odd[told]
    assert right.mean() > 0.85
    assert right.mean() > unsure.mean() + 0.05


def test_foreign_items_get_no_class_suggested_and_wrong_labels_theirs():
    labels, p, x, _wrong, _odd = world()
    said = audit(labels, p, x)
    kind = np.array(said.kind)
    assert (said.suggest.y[kind == "open set"] == -1).all()
    assert (said.suggest.y[kind == "wrong label"] != labels.y[kind == "wrong label"]).mean() > 0.9
    assert (said.suggest.y[kind == ""] == labels.y[kind == ""]).all()


def test_without_foreign_items_few_are_called_so():
    labels, p, x, _wrong, _ = world(foreign=0.0)
    said = audit(labels, p, x)
    called = sum(kind == "open set" for kind in said.kind)
    assert not said.info["separable"] or called < 0.3 * said.flag.sum()


def test_a_split_that_features_know_nothing_of_is_not_separable():
    rng = np.random.default_rng(0)
    n = 400
    y = rng.integers(0, 2, n)
    p = np.where((rng.random(n) < 0.2)[:, None], [0.03, 0.97], [0.97, 0.03])
    p = np.where((y == 1)[:, None], p[:, ::-1], p)
    said = audit(Classes(y), p, rng.normal(size=(n, 5)))
    assert not said.info["separable"]
    assert set(said.kind) == {""}
    assert "not separable" in said.info["note"]
    assert said.flag.sum() == pytest.approx(80, abs=20), "loss goes on to say which are noisy"


def test_more_features_than_items_part_nothing_by_themselves():
    """A line through all of them would agree with any split, by heart."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 20)
    p = np.where((np.arange(40) % 5 == 0)[:, None], [0.03, 0.97], [0.97, 0.03])
    p = np.where((y == 1)[:, None], p[:, ::-1], p)
    agreement = [
        audit(Classes(y), p, rng.normal(size=(40, 60)), seed).info["agreement"]
        for seed in range(10)
    ]
    assert np.mean(agreement) < 0.6


def test_turns_measure_the_losses_again():
    labels, p, x, wrong, odd = world()
    one, three = (audit(labels, p, x, rounds=r) for r in (1, 3))
    assert not np.array_equal(one.score, three.score)
    assert three.score[wrong | odd].mean() > three.score[~(wrong | odd)].mean() + 0.5
    with pytest.raises(ValueError, match="rounds must be at least 1"):
        audit(labels, p, x, rounds=0)


def test_equal_losses_have_no_noisy_side():
    y = np.repeat([0, 1], 10)
    said = audit(Classes(y), np.full((20, 2), 0.5), np.random.default_rng(0).normal(size=(20, 3)))
    assert not said.flag.any()
    assert not said.info["separable"]
    assert np.isnan(said.info["agreement"])
