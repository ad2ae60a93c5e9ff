import numpy as np
import pytest
from scipy.stats import norm

from reliabel.ops import independent_model as module
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


def test_naive_bayes_by_hand():
    """Normal densities about the class means; variances drawn to the pooled one by ten items, class
    shares by one item each.
    """
    rng = np.random.default_rng(0)
    y, x = np.repeat([0, 1, 2], [30, 12, 4]), rng.normal(size=(46, 3)) * [1, 2, 3]
    count = np.bincount(y).astype(float)
    sums = np.stack([x[y == c].sum(0) for c in range(3)])
    squares = np.stack([(x[y == c] ** 2).sum(0) for c in range(3)])
    found = module._log_joint(x, count, sums, squares)
    mean = sums / count[:, None]
    inside = np.stack([((x[y == c] - mean[c]) ** 2).sum(0) for c in range(3)])
    variance = (inside + 10 * (inside.sum(0) / 46 + 1e-9)) / (count[:, None] + 10)
    expected = np.log((count + 1) / 49) + np.stack(
        [norm.logpdf(x, mean[c], np.sqrt(variance[c])).sum(1) for c in range(3)], axis=1
    )
    apart = expected - found
    assert apart == pytest.approx(np.tile(apart[:, :1], (1, 3)))  # a constant of each row apart


def test_a_class_that_a_fold_does_not_know_is_as_likely_as_one_item_makes_it():
    found = module._log_joint(
        np.zeros((1, 1)), np.array([8.0, 0.0]), np.zeros((2, 1)), np.array([[8.0], [0.0]])
    )
    variance = np.array([(8 + 10 * 1) / 18, 10 * 1 / 10])
    expected = np.log(np.array([9, 1]) / 10) - np.log(variance) / 2
    assert found[0] == pytest.approx(expected, abs=1e-6)


def test_the_nearest_thirty_vote_with_a_hundredth_for_every_class():
    x = np.arange(50, dtype=np.float32)[:, None]
    y = (np.arange(50) >= 25).astype(int)
    p = neighbour_shares(y, x, np.arange(50), k=2)
    assert p[0] == pytest.approx([(24 / 30 + 0.01) / 1.02, (6 / 30 + 0.01) / 1.02])
    assert neighbour_shares(y, x, np.array([3]), k=2).tolist() == [[0.5, 0.5]] * 50


def test_columns_are_divided_between_both_models():
    y, x = blobs(d=7)
    assert independent_probabilities(y, x, k=3, rng=np.random.default_rng(0))[1]["columns"] == 4
    one = independent_probabilities(y, x[:, :1], k=3, rng=np.random.default_rng(0))
    assert one[1]["columns"] == 1
    assert np.isfinite(one[0]).all()
