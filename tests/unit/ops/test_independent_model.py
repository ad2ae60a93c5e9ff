import numpy as np
import pytest

from reliabel.ops.independent_model import independent_probabilities, naive_bayes, neighbour_shares


def blobs(n=400, k=3, d=6, apart=3.0, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    return y, apart * np.eye(k, d)[y] + rng.normal(size=(n, d))


def test_chances_sum_to_one_and_are_mostly_right():
    y, x = blobs()
    p, used = independent_probabilities(y, x, k=3, rng=np.random.default_rng(0))
    assert p.sum(1) == pytest.approx(1)
    assert (p > 0).all()
    assert used["accuracy"] == (p.argmax(1) == y).mean() > 0.6


def test_bayes_does_not_train_on_the_item_it_judges():
    y, x = blobs(60)
    fold = np.arange(60) % 5
    before, _ = naive_bayes(y, x, fold, k=3, folds=5)
    y2 = np.where(np.arange(60) == 7, (y + 1) % 3, y)
    after, _ = naive_bayes(y2, x, fold, k=3, folds=5)

    def odds(p):  # free of the temperature, which all items share
        log = np.log(p)
        return (log[:, 0] - log[:, 1]) / (log[:, 0] - log[:, 2])

    assert odds(after)[fold == 2] == pytest.approx(odds(before)[fold == 2])
    assert not np.allclose(odds(after)[fold != 2], odds(before)[fold != 2])


def test_bayes_is_flattened_when_the_columns_repeat_each_other():
    y, x = blobs(apart=1.0)
    _, once = naive_bayes(y, x, np.arange(400) % 5, k=3, folds=5)
    _, tenfold = naive_bayes(y, np.tile(x, 10), np.arange(400) % 5, k=3, folds=5)
    assert tenfold < once / 3


def test_neighbour_shares_leave_the_item_itself_out():
    y = np.array([0, 1, 1, 1])
    p = neighbour_shares(y, np.zeros((4, 1), dtype=np.float32), np.arange(4), k=2)
    assert p[0] == pytest.approx([0.01 / 1.02, 1.01 / 1.02])


def test_nothing_labelled_says_nothing():
    p, used = independent_probabilities(
        np.full(5, -1), np.zeros((5, 2)), k=2, rng=np.random.default_rng(0)
    )
    assert (p == 0.5).all()
    assert np.isnan(used["accuracy"])
