"""Repeated cross-validation: better than one, classes and numbers, folds by memory, small data."""

import numpy as np
import pytest

from reliabel.auditors import repeated_cross_validation, self_confidence
from reliabel.auditors.repeated_cross_validation import _by_memory
from reliabel.core.labels import Classes, Numbers
from reliabel.ops import logistic
from reliabel.ops.folds import fold_of, out_of_fold


def audit(labels, x, seed=0, **options):
    rng = np.random.default_rng(seed)
    return repeated_cross_validation.audit(labels, features=x, rng=rng, **options)


def rank_area(score, wrong):
    return (score[wrong][:, None] > score[~wrong]).mean()


def noisy_classes(seed, n=400, d=20, rate=0.3):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, n)
    x = 2.0 * np.eye(d)[true] + rng.normal(size=(n, d))
    wrong = rng.random(n) < rate
    return x, Classes(np.where(wrong, (true + 1) % 3, true)), wrong


def test_it_ranks_better_than_one_cross_validation():
    gains = []
    for seed in range(5):
        x, labels, wrong = noisy_classes(seed)
        rng, by = np.random.default_rng(seed), logistic.scale(x)
        fold = fold_of(labels.y, rng=rng)
        strength, _ = logistic.choose(x, labels.y, fold == 0, by=by, rng=rng)

        def fit(x, y, strength=strength, by=by):
            return logistic.fit(x, y, strength=strength, by=by)

        p = out_of_fold(fit, x, labels.y, 3, fold)
        once = self_confidence.audit(labels, probs=p).score
        gains.append(rank_area(audit(labels, x, seed).score, wrong) - rank_area(once, wrong))
    assert np.mean(gains) > 0.01, gains


def test_numbers_that_are_off_are_found_and_the_line_is_suggested():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 6))
    true = x @ np.arange(1.0, 7.0)
    wrong = rng.random(500) < 0.1
    y = true + rng.normal(0, 0.5, 500) + wrong * rng.choice([-8, 8], 500)
    said = audit(Numbers(y), x)
    assert rank_area(said.score, wrong) > 0.99
    assert said.flag[wrong].mean() > 0.9
    assert said.flag[~wrong].mean() < 0.1
    assert np.abs(said.suggest.y - true)[wrong].mean() < 1


def test_several_numbers_each_and_unknown_ones():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 3))
    y = np.stack([x @ [1.0, 2, 3], x @ [3.0, 0, 1]], 1) + rng.normal(0, 0.1, (120, 2))
    y[7] += 5
    y[8] = np.nan
    y[9, 1] = np.nan
    said = audit(Numbers(y), x, runs=3)
    assert np.isnan(said.score).nonzero()[0].tolist() == [8]
    assert np.nanargmax(said.score) == 7
    assert said.suggest.y.shape == (120, 2)


def test_the_worst_come_together_and_equal_rows_stay_together():
    memory = np.repeat([1.0, 0.0], [80, 20])
    bundle = np.r_[np.arange(98), 97, 97]
    fold = _by_memory(memory, bundle, 5, np.random.default_rng(0))
    assert (fold[80:] == 4).mean() > 0.9
    assert len(set(fold[-3:].tolist())) == 1
    assert np.bincount(fold, minlength=5).min() >= 17


def test_bad_labels_are_counted_in_the_worst_fold():
    x, labels, wrong = noisy_classes(0, rate=0.1)
    said = audit(labels, x)
    assert said.info["worst"][wrong].mean() > said.info["worst"][~wrong].mean() + 3
    assert said.info["runs"] == 10


def test_few_items_one_class_and_bad_options():
    one = audit(Classes(np.zeros(6, int)), np.eye(6))
    assert one.score == pytest.approx(np.zeros(6))
    tiny = audit(Classes(np.array([0, 1, -1])), np.eye(3))
    assert np.isnan(tiny.score).tolist() == [False, False, True]
    lone = audit(Numbers(np.array([1.0, np.nan])), np.ones((2, 2)))
    assert np.isnan(lone.score).tolist() == [False, True]
    none = audit(Numbers(np.full(4, np.nan)), np.ones((4, 2)))
    assert np.isnan(none.score).all()
    for options in ({"runs": 0}, {"folds": 1}):
        with pytest.raises(ValueError, match="must be at least"):
            audit(Classes(np.array([0, 1])), np.eye(2), **options)
