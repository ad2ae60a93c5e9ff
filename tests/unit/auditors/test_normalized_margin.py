"""Normalized margin: the formula, the suggestion of self-confidence, missing labels, ties,
blocks.
"""

import numpy as np
import pytest

from reliabel.auditors import normalized_margin, self_confidence
from reliabel.core.labels import Classes


def drawn(n, k, seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(k), n).astype(dtype)
    return rng.integers(0, k, n), probs


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_it_is_the_formula_and_suggests_the_most_probable_class(dtype):
    y, probs = drawn(30_000, 100, dtype=dtype)  # more than one block
    said = normalized_margin.audit(Classes(y, tuple(map(str, range(100)))), probs=probs)
    given = probs[np.arange(len(y)), y].astype(float)
    others = probs.astype(float)
    others[np.arange(len(y)), y] = -1
    assert said.score == pytest.approx(
        (1 + others.max(1) - given) / 2, abs=1e-7 if dtype != np.float16 else 1e-3
    )
    assert np.array_equal(said.suggest.y, probs.argmax(1))


def test_with_two_classes_it_is_self_confidence():
    y, probs = drawn(500, 2, dtype=np.float64)
    ours, theirs = (
        auditor.audit(Classes(y), probs=probs) for auditor in (normalized_margin, self_confidence)
    )
    assert ours.score == pytest.approx(theirs.score)
    assert np.array_equal(ours.suggest.y, theirs.suggest.y)


def test_ties_go_to_the_first_class_and_missing_labels_have_no_score():
    probs = np.array([[0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.2, 0.3, 0.5]])
    said = normalized_margin.audit(Classes(np.array([0, 1, -1, -1]), ("a", "b", "c")), probs=probs)
    assert said.suggest.y.tolist() == [0, 0, 0, 2]
    assert said.score[:2].tolist() == [0.5, 0.5]
    assert np.isnan(said.score[2:]).all()


def test_the_input_is_left_as_it_was_and_one_class_is_never_suspect():
    y, probs = drawn(50, 3)
    before = probs.copy()
    normalized_margin.audit(Classes(y), probs=probs)
    assert np.array_equal(probs, before)
    assert normalized_margin.audit(
        Classes(np.zeros(4, dtype=int)), probs=np.ones((4, 1))
    ).score.tolist() == [0, 0, 0, 0]
