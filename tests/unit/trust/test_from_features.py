"""From features to P(wrong) in one go, on digits with planted errors: the oracles on real
pictures.
"""

import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.ops.folds import fold_of
from reliabel.trust.count import before_review
from reliabel.trust.from_features import from_features
from reliabel.trust.p_wrong import p_wrong
from reliabel.trust.tables import tables


def digits():
    datasets = pytest.importorskip("sklearn.datasets")
    x, y = datasets.load_digits(return_X_y=True)
    x = (x - x.mean(0)).astype(np.float32)
    return x / x.std(), y.astype(np.int64)


def test_clean_digits_have_nothing_to_count():
    x, y = digits()
    made, _, _ = from_features(Classes(y), x, rng=np.random.default_rng(0))
    found = p_wrong(Classes(y), made)
    assert found.floor_gain < 0
    assert found.pi < 0.002
    assert np.isnan(before_review(found).value)


def test_planted_errors_are_found_and_counted():
    x, y = digits()
    rng = np.random.default_rng(0)
    wrong = rng.random(len(y)) < 0.1
    given = np.where(wrong, (y + rng.integers(1, 10, len(y))) % 10, y)
    made, probs, near = from_features(Classes(given), x, rng=rng)
    found = p_wrong(Classes(given), made)
    count = before_review(found)
    assert found.floor_gain > 10
    assert count.low < wrong.sum() < count.high
    assert found.p[wrong].mean() > 0.8
    assert found.p[~wrong].mean() < 0.03
    assert (found.suggest[wrong] == y[wrong]).mean() > 0.9
    assert probs.shape == (len(y), 10)
    assert near.index.shape == (len(y), 200)


def test_the_same_seed_gives_the_same_answer():
    x, y = digits()
    one, two = (
        from_features(Classes(y[:400]), x[:400], rng=np.random.default_rng(3))[0] for _ in range(2)
    )
    np.testing.assert_array_equal(one.z, two.z)


def test_the_discriminant_leaves_out_the_fold_of_the_probabilities():
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    x = (2 * np.eye(3)[y] + rng.normal(size=(90, 3))).astype(np.float32)
    made, probs, near = from_features(Classes(y), x, rng=np.random.default_rng(1))
    fold = fold_of(y, rng=np.random.default_rng(1))
    again = tables(Classes(y), probs=probs, neighbours=near, features=x, fold=fold)
    np.testing.assert_array_equal(made.z, again.z)
    assert near.index.shape == (90, 89)
