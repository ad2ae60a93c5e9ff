import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.corrupters.from_votes import corrupt


def world(n=2000, w=3, error=0.2, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    said = np.where(rng.random((n, w)) < error, rng.integers(0, 4, (n, w)), y[:, None])
    votes = Votes(
        np.repeat(np.arange(n), w),
        np.tile(np.arange(w), n),
        Classes(said.ravel(), ("0", "1", "2", "3")),
        n=n,
        w=w,
    )
    return Classes(y, ("0", "1", "2", "3")), votes


def test_labels_are_votes_and_errors_as_frequent_as_theirs():
    labels, votes = world()
    made = corrupt(labels, votes=votes, rng=np.random.default_rng(0))
    said = votes.labels.y.reshape(2000, 3)
    assert (said == made.labels.y[:, None]).any(1).all()
    assert made.wrong.mean() == pytest.approx((said != labels.y[:, None]).mean(), abs=0.02)


def test_each_vote_is_drawn_equally_often():
    votes = Votes(np.array([0, 0, 0]), np.array([0, 1, 2]), Classes(np.array([0, 1, 2])), n=1, w=3)
    rng = np.random.default_rng(0)
    drawn = [
        int(corrupt(Classes(np.array([0]), ("a", "b", "c")), votes=votes, rng=rng).labels.y[0])
        for _ in range(600)
    ]
    assert np.abs(np.bincount(drawn) - 200).max() < 45


def test_thinning_keeps_the_wanted_number_of_the_same_errors():
    labels, votes = world()
    full = corrupt(labels, votes=votes, rng=np.random.default_rng(0))
    thin = corrupt(labels, votes=votes, rng=np.random.default_rng(0), rate=0.02)
    assert thin.wrong.sum() == 40
    np.testing.assert_array_equal(thin.labels.y[thin.wrong], full.labels.y[thin.wrong])


def test_unknown_truth_and_items_without_votes_keep_their_label():
    votes = Votes(np.array([1]), np.array([0]), Classes(np.array([1])), n=3, w=1)
    made = corrupt(Classes(np.array([0, -1, 1])), votes=votes, rng=np.random.default_rng(0))
    assert made.labels.y.tolist() == [0, -1, 1]
    nobody = Votes(np.empty(0, int), np.empty(0, int), Classes(np.empty(0, int)), n=2, w=1)
    assert not corrupt(
        Classes(np.array([0, 1])), votes=nobody, rng=np.random.default_rng(0)
    ).wrong.any()


def test_bad_input_is_refused_with_a_sentence():
    labels, votes = world(100)
    with pytest.raises(ValueError, match="what the votes get wrong"):
        corrupt(labels, votes=votes, rng=np.random.default_rng(0), rate=0.9)
    with pytest.raises(ValueError, match="on the 50 items"):
        corrupt(labels.take(np.arange(50)), votes=votes, rng=np.random.default_rng(0))
