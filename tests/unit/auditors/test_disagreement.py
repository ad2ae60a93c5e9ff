"""Disagreement: flags, order and suggestion of the Re-Label method, and its loop with a person."""

import numpy as np
import pytest

from reliabel.auditors import disagreement
from reliabel.core.labels import Classes

NAMES = tuple("abc")


def test_flags_are_where_the_prediction_differs_and_the_surest_comes_first():
    p = np.array([[0.4, 0.5, 0.1], [0.1, 0.9, 0.0], [0.6, 0.3, 0.1], [0.95, 0.05, 0.0]])
    said = disagreement.audit(Classes(np.zeros(4, int), NAMES), probs=p)
    assert said.flag.tolist() == [True, True, False, False]
    assert np.argsort(-said.score).tolist() == [1, 0, 2, 3]
    assert said.suggest.y.tolist() == [1, 1, 0, 0]
    assert said.info["agreement"] == 0.5


def test_a_tie_with_the_given_label_is_no_disagreement():
    p = np.array([[0.4, 0.4, 0.2]])
    said = disagreement.audit(Classes(np.array([1]), NAMES), probs=p)
    assert not said.flag[0]
    assert said.suggest.y.tolist() == [1], "the given label is as probable as any"


def test_a_person_who_takes_the_reference_when_it_is_right_mends_half_of_the_errors():
    rng = np.random.default_rng(0)
    n = 3000
    true = rng.integers(0, 3, n)
    logit = rng.normal(0, 1, (n, 3))
    logit[np.arange(n), true] += 4
    p = np.exp(logit) / np.exp(logit).sum(1, keepdims=True)
    wrong = rng.random(n) < 0.05
    y = np.where(wrong, (true + rng.integers(1, 3, n)) % 3, true)
    said = disagreement.audit(Classes(y, NAMES), probs=p)
    shown = np.argsort(-said.score, kind="stable")[: n // 10]
    heeded = rng.random(len(shown)) < 0.95  # how often the person is right
    right = (said.suggest.y[shown] == true[shown]) == heeded
    mended = np.array(y)
    mended[shown[right]] = said.suggest.y[shown[right]]
    assert (mended != true).sum() <= (y != true).sum() / 2


def test_without_a_label_nothing_is_said():
    said = disagreement.audit(Classes(np.array([-1]), NAMES), probs=np.array([[0.2, 0.7, 0.1]]))
    assert np.isnan(said.score[0])
    assert not said.flag[0]
    assert said.suggest.y.tolist() == [1]
    assert said.info["agreement"] == pytest.approx(float("nan"), nan_ok=True)
