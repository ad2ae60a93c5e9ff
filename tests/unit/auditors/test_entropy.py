"""Signed entropy: the right way up where plain entropy is upside down, its formula, its limits."""

import numpy as np
import pytest
from scipy.special import entr

from reliabel.auditors import entropy, self_confidence
from reliabel.core.labels import Classes

NAMES = tuple("abcd")


def rank_area(score, wrong):
    """The chance that a wrong label scores above a right one."""
    return (score[wrong][:, None] > score[~wrong]).mean()


def test_sure_of_another_class_is_worst_and_unsure_is_in_the_middle():
    p = np.array([[0.97, 0.01, 0.01, 0.01], [0.25] * 4, [0.01, 0.97, 0.01, 0.01]])
    score = entropy.audit(Classes(np.zeros(3, int), NAMES), probs=p).score
    assert score[0] < 0.2 < score[1] == 0.5 < 0.8 < score[2]


def test_the_worst_label_of_all_is_one_that_the_model_is_certain_against():
    """The peer's score is inverted there: no entropy at all is the best label it knows."""
    p = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0.1, 0.7, 0.1, 0.1]])
    score = entropy.audit(Classes(np.zeros(3, int), NAMES), probs=p).score
    assert score[:2].tolist() == [0, 1]
    assert score[2] < score[1]


def test_it_finds_errors_that_plain_entropy_hides():
    rng = np.random.default_rng(0)
    true, n = rng.integers(0, 4, 2000), 2000
    logit = rng.normal(0, 1, (n, 4))
    logit[np.arange(n), true] += rng.choice([1.0, 6.0], n)  # hard items and easy ones
    p = np.exp(logit) / np.exp(logit).sum(1, keepdims=True)
    wrong = rng.random(n) < 0.1
    y = np.where(wrong, (true + 1) % 4, true)
    ours = rank_area(entropy.audit(Classes(y, NAMES), probs=p).score, wrong)
    plain = rank_area(entr(p).sum(1), wrong)
    assert ours > 0.9
    assert ours > plain + 0.3


def test_with_two_classes_the_order_is_that_of_self_confidence():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(2), 400)
    labels = Classes(rng.integers(0, 2, 400), ("a", "b"))
    ours, theirs = (m.audit(labels, probs=p).score for m in (entropy, self_confidence))
    assert (np.argsort(ours) == np.argsort(theirs)).all()


def test_a_tie_with_another_class_is_neither_good_nor_bad():
    p = np.array([[0.5, 0.5, 0, 0]])
    assert entropy.audit(Classes(np.array([0]), NAMES), probs=p).score.tolist() == [0.5]


def test_one_class_and_missing_labels():
    one = entropy.audit(Classes(np.zeros(3, int)), probs=np.ones((3, 1), np.float32))
    assert one.score == pytest.approx([0, 0, 0])
    none = entropy.audit(Classes(np.array([-1, 0]), NAMES), probs=np.full((2, 4), 0.25))
    assert np.isnan(none.score).tolist() == [True, False]
